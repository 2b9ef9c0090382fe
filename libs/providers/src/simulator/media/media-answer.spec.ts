import { inflateSync } from 'node:zlib';
import type { Endpoint } from '@higress/kernel';
import { readSimulatedBody, simulate, type SimulatedAnswer } from '../../../index';

const ask = (endpoint: Endpoint, body: unknown, model = 'sim-fast') => simulate({ endpoint, model, body, id: 'abc', createdUnix: 1_764_000_000, seed: 1 });
const bytesOf = (answer: SimulatedAnswer) => Buffer.concat([...answer.steps].flatMap((step) => ('bytes' in step ? [step.bytes] : [])));
const jsonOf = (answer: SimulatedAnswer) => JSON.parse(bytesOf(answer).toString()) as { data: { b64_json: string; url: string }[]; usage: unknown; text: string; error: { param: string } };
const typesOf = (answer: SimulatedAnswer) => [...bytesOf(answer).toString().matchAll(/^event: (.*)$/gm)].map(([, type]) => type);

async function form(fields: Record<string, string>, files: Record<string, Buffer>): Promise<unknown> {
  const made = new FormData();
  for (const [name, value] of Object.entries(fields)) made.append(name, value);
  for (const [name, value] of Object.entries(files)) made.append(name, new Blob([value]), 'a.wav');
  const response = new Response(made);
  return readSimulatedBody(new Uint8Array(await response.arrayBuffer()), response.headers.get('content-type') as string);
}

describe('the simulator', () => {
  it('makes pictures that are pictures, the same for the same prompt', () => {
    const { data, usage } = jsonOf(ask('images/generations', { prompt: 'A cat', n: 2 }));
    expect(data).toHaveLength(2);
    expect(data[0]?.b64_json).not.toBe(data[1]?.b64_json);
    expect(jsonOf(ask('images/generations', { prompt: 'A cat' })).data[0]).toEqual(data[0]);
    const png = Buffer.from(data[0]?.b64_json ?? '', 'base64');
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(inflateSync(png.subarray(png.indexOf('IDAT') + 4, png.indexOf('IEND') - 8))).toHaveLength(8 * 25);
    expect(usage).toMatchObject({ output_tokens: 544 });
    expect(jsonOf(ask('images/generations', { prompt: 'A cat', response_format: 'url' })).data[0]?.url).toMatch(/^data:image\/png;base64,/);
    expect(typesOf(ask('images/generations', { prompt: 'A cat', stream: true }))).toEqual(['image_generation.partial_image', 'image_generation.partial_image', 'image_generation.completed']);
  });

  it('edits the pictures of a form', async () => {
    const one = jsonOf(ask('images/edits', await form({ prompt: 'A cat' }, { 'image[]': Buffer.from('1') })));
    const other = jsonOf(ask('images/edits', await form({ prompt: 'A cat' }, { image: Buffer.from('2') })));
    expect(one.data[0]?.b64_json).not.toBe(other.data[0]?.b64_json);
    expect(jsonOf(ask('images/edits', { prompt: 'A cat' })).error.param).toBe('image');
  });

  it.each([
    ['wav', 'audio/wav', 44 + 4_800 * 2],
    ['pcm', 'audio/pcm', 4_800 * 2],
    ['mp3', 'audio/mpeg', 417 * 8],
  ])('speaks %s as long as the text is', (response_format, type, length) => {
    const answer = ask('audio/speech', { input: 'Ten lettrs', voice: 'alloy', response_format });
    expect(answer.headers['content-type']).toBe(type);
    expect(bytesOf(answer)).toHaveLength(length);
  });

  it('speaks in events, and refuses what it cannot speak', () => {
    expect(typesOf(ask('audio/speech', { input: 'Hi', voice: 'alloy', stream_format: 'sse', response_format: 'wav' }))).toEqual(['speech.audio.delta', 'speech.audio.delta', 'speech.audio.done']);
    expect(jsonOf(ask('audio/speech', { input: 'Hi', voice: 'alloy', response_format: 'opus' })).error.param).toBe('response_format');
    expect(jsonOf(ask('audio/speech', { input: '', voice: 'alloy' })).error.param).toBe('input');
  });

  it.each(['json', 'verbose_json', 'text', 'srt', 'vtt'])('hears what it spoke, as %s', async (response_format) => {
    const file = bytesOf(ask('audio/speech', { input: 'x'.repeat(100), voice: 'alloy', response_format: 'wav' }));
    const said = bytesOf(ask('audio/transcriptions', await form({ model: 'm', response_format }, { file }))).toString();
    expect(said).toContain(`${file.length} bytes`);
    if (response_format.endsWith('json')) expect(JSON.parse(said)).toMatchObject({ usage: { type: 'duration', seconds: 2 } });
    else expect(said).toMatch(response_format === 'text' ? /^This/ : /00:00:02[,.]000/);
  });

  it('streams what it heard, at the pace and with the faults of its name', async () => {
    const heard = await form({ stream: 'true' }, { file: Buffer.from('abc') });
    const types = typesOf(ask('audio/transcriptions', heard));
    expect(types.at(-1)).toBe('transcript.text.done');
    expect([...ask('audio/transcriptions', heard, 'sim-fast-reset-3').steps].at(-1)).toMatchObject({ fault: 'reset' });
    expect([...ask('audio/transcriptions', heard, 'sim-pace-7').steps].at(1)).toMatchObject({ afterMs: 7 });
    expect(ask('audio/translations', heard).headers['content-type']).toBe('application/json');
  });

  it('takes no body that is none', () => {
    expect(readSimulatedBody(Buffer.from('--x'), 'multipart/form-data; boundary=x')).toBeNull();
    expect(readSimulatedBody(Buffer.from('{'), 'application/json')).toBeNull();
    for (const endpoint of ['images/generations', 'images/edits', 'audio/speech', 'audio/transcriptions'] as const) expect(ask(endpoint, null).status).toBe(400);
  });
});
