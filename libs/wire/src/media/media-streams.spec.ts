import type { CompletionRequest } from '@higress/kernel';
import { ImageTally } from './image-tally';
import { readImageRequest } from './image-request';
import { MediaEventStream } from './media-event-stream';
import type { MediaTally } from './media-tally';
import { PassedSound } from './passed-sound';
import { readSpeechRequest } from './speech-request';
import { SpeechTally } from './speech-tally';
import type { TranscriptionRequest } from './transcription-request';
import { TranscriptionTally } from './transcription-tally';
import { WholeInStream } from './whole-in-stream';

const events = (...all: object[]) => Buffer.from(all.map((event) => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
const image = (more: object = {}): CompletionRequest => readImageRequest({ model: 'm', prompt: 'A cat', size: '1024x1024', quality: 'low', ...more }, 0);
const speech = readSpeechRequest({ model: 'm', input: 'Say 你好 🚀' });
const heard: TranscriptionRequest = { model: 'm', stream: true, includeUsage: false, maxOutputTokens: 100, choices: 1, estimatedInputTokens: 40, units: { audioMs: 9_000 }, format: 'json', usualMs: 2_000 };

const cases: [string, () => MediaTally, Buffer, object][] = [
  ['pictures', () => new ImageTally(image({ n: 2 }), false), events({ type: 'image_generation.partial_image', b64_json: 'AA' }, ...[1, 2].map(() => ({ type: 'image_generation.completed', b64_json: 'AAAA', usage: { input_tokens: 3, output_tokens: 272, input_tokens_details: { text_tokens: 3, image_tokens: 0 } } }))), { inputTokens: 6, outputTokens: 544, imageOutputTokens: 544, units: { images: 2 }, estimated: false }],
  ['speech', () => new SpeechTally(speech, false), events({ type: 'speech.audio.delta', audio: 'AAAA' }, { type: 'speech.audio.done', usage: { input_tokens: 4, output_tokens: 40, total_tokens: 44 } }), { inputTokens: 4, outputTokens: 40, audioOutputTokens: 40, units: { characters: 8 }, estimated: false }],
  ['words with seconds', () => new TranscriptionTally(heard, true), events({ type: 'transcript.text.delta', delta: 'Zoë' }, { type: 'transcript.text.done', text: 'Zoë', usage: { type: 'duration', seconds: 3 } }), { inputTokens: 0, units: { audioMs: 3_000 }, estimated: false }],
  ['words with tokens', () => new TranscriptionTally(heard, false), events({ type: 'transcript.text.delta', delta: 'Zoë' }, { type: 'transcript.text.done', text: 'Zoë', usage: { type: 'tokens', input_tokens: 30, output_tokens: 2, input_token_details: { audio_tokens: 28, text_tokens: 2 } } }), { inputTokens: 30, audioInputTokens: 28, outputTokens: 2, units: { audioMs: 2_000 }, estimated: false }],
];

describe('a stream of events', () => {
  it.each(cases)('of %s passes byte for byte wherever it is cut, and tells its usage', (_, tally, bytes, usage) => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const stream = new MediaEventStream(tally(), 'id');
      const steps = [stream.push(bytes.subarray(0, cut)), stream.push(bytes.subarray(cut)), stream.end()];
      expect(Buffer.concat(steps.map(({ forward }) => forward)).equals(bytes)).toBe(true);
      expect([stream.committed, stream.finished]).toEqual([true, true]);
      expect(stream.usage).toMatchObject(usage);
    }
  });

  it('ends at [DONE], and takes CRLF and comments', () => {
    const stream = new MediaEventStream(new SpeechTally(speech, true), 'id');
    const step = stream.push(Buffer.from(': hello\r\n\r\ndata: {"type":"speech.audio.delta","audio":"AA"}\r\n\r\ndata: [DONE]\r\n\r\n'));
    expect(step).toMatchObject({ useful: true, fault: null });
    expect(stream.finished).toBe(true);
    expect(stream.whole(null).toString()).toBe('data: [DONE]\n\n');
    expect(stream.usage).toMatchObject({ outputTokens: 0, units: { characters: 8 }, estimated: false });
  });

  it.each([
    ['an error', 'event: error\ndata: {"type":"error","error":{"message":"sk-secret"}}\n\n', 'UPSTREAM_ERROR'],
    ['what is no JSON', 'data: <html>\n\n', 'UPSTREAM_INVALID_RESPONSE'],
    ['what is no object', 'data: 5\n\n', 'UPSTREAM_INVALID_RESPONSE'],
  ])('stops at %s, and passes what came before', (_, bad, code) => {
    const stream = new MediaEventStream(new SpeechTally(speech, true), 'id');
    const good = events({ type: 'speech.audio.delta', audio: 'AA' });
    const step = stream.push(Buffer.concat([good, Buffer.from(bad)]));
    expect(step.forward.equals(good)).toBe(true);
    expect(step.fault).toMatchObject({ code });
    expect(step.fault?.message).not.toContain('secret');
  });

  it('bounds an event without end', () => {
    const stream = new MediaEventStream(new SpeechTally(speech, true), 'id');
    let fault = null;
    for (let sent = 0; sent < 40 && !fault; sent++) ({ fault } = stream.push(Buffer.alloc(1 << 20, 'x')));
    expect(fault).toMatchObject({ code: 'UPSTREAM_INVALID_RESPONSE' });
  });
});

describe('what broke off', () => {
  it('counts a picture that was begun, and none that was not', () => {
    const tally = new ImageTally(image({ n: 3 }), true);
    expect(tally.usage.units).toEqual({ images: 0 });
    tally.note({ type: 'image_generation.completed' });
    tally.note({ type: 'image_generation.partial_image' });
    expect(tally.usage.units).toEqual({ images: 2 });
  });

  it('counts no more pictures than were asked for', () => {
    const tally = new ImageTally(image(), true);
    tally.whole({ data: [{}, {}, {}] });
    expect(tally.usage).toMatchObject({ units: { images: 1 }, outputTokens: 0, estimated: false });
  });

  it('counts all characters as soon as there is sound, and none before', () => {
    const sound = new PassedSound(new SpeechTally(speech, true).usage);
    expect(sound.usage).toBeNull();
    expect(sound.push(Buffer.from([1]))).toMatchObject({ useful: true, fault: null });
    expect(sound.usage).toMatchObject({ units: { characters: 8 } });
    expect([sound.keepAlive(), sound.broken({} as never)]).toEqual([null, null]);
  });
});

describe('sound that was heard', () => {
  const of = (read: (tally: TranscriptionTally) => void) => {
    const tally = new TranscriptionTally(heard, true);
    read(tally);
    return tally.usage;
  };
  it.each([
    ['by its provider', (tally: TranscriptionTally) => tally.whole({ text: 'a', duration: '4.2' }), 4_200, false],
    ['by its subtitles', (tally: TranscriptionTally) => tally.wholeText('1\n00:00:00,000 --> 00:00:05,250\nHi\n'), 5_250, true],
    ['by its file', (tally: TranscriptionTally) => tally.wholeText('Hi'), 2_000, true],
    ['by what was said, where the file cannot be that short', (tally: TranscriptionTally) => tally.wholeText('x'.repeat(120)), 4_000, true],
    ['and never more than the file can hold', (tally: TranscriptionTally) => tally.wholeText('x'.repeat(9_999)), 9_000, true],
    ['and not by more than the file can hold', (tally: TranscriptionTally) => tally.whole({ text: 'a', duration: 90 }), 9_000, true],
    ['and no absurd length of its provider’s', (tally: TranscriptionTally) => tally.whole({ text: '', usage: { type: 'duration', seconds: 1e12 } }), 2_000, true],
  ])('is measured %s', (_, read, audioMs, estimated) => {
    expect(of(read)).toMatchObject({ units: { audioMs }, estimated, inputTokens: 0 });
  });

  it('is no answer without words', () => {
    expect(() => of((tally) => tally.whole({ error: 'x' }))).toThrow(expect.objectContaining({ code: 'UPSTREAM_INVALID_RESPONSE' }));
  });
});

describe('an answer that comes whole where a stream was asked for', () => {
  it('passes at its end, when it is known to be one', () => {
    const tally = new TranscriptionTally(heard, true);
    const whole = new WholeInStream(() => tally.usage);
    expect(whole.push(Buffer.from('{"text":')).forward).toHaveLength(0);
    whole.push(Buffer.from('"a"}'));
    expect(whole.end().forward.toString()).toBe('{"text":"a"}');
    expect([whole.committed, whole.finished, whole.usage?.units]).toEqual([true, true, { audioMs: 2_000 }]);
  });
});
