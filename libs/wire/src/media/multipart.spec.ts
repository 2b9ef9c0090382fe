import { DomainError } from '@higress/kernel';
import { FormFields } from './form-fields';
import { formType, scanMultipart } from './multipart';

const type = 'multipart/form-data; boundary=xyz';
const part = (head: string, content = 'v') => `--xyz\r\n${head}\r\n\r\n${content}\r\n`;
const field = (name: string, content = 'v') => part(`Content-Disposition: form-data; name="${name}"`, content);
const form = (...parts: string[]) => Buffer.from(`${parts.join('')}--xyz--\r\n`);
const refused = (bytes: Buffer | string, contentType = type) => {
  try {
    scanMultipart(Buffer.from(bytes), contentType);
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', http: 400 });
    return (error as Error).message;
  }
  return null;
};

describe('a form', () => {
  it('as fetch makes it is read: names, files and what is in them', async () => {
    const made = new FormData();
    made.set('model', 'whisper-1');
    made.set('file', new Blob([Buffer.from([0, 13, 10, 45, 45, 255])], { type: 'audio/wav' }), 'a "b".wav');
    made.append('timestamp_granularities[]', 'word');
    made.append('timestamp_granularities[]', 'segment');
    const response = new Response(made);
    const bytes = Buffer.from(await response.arrayBuffer());
    const { parts } = scanMultipart(bytes, response.headers.get('content-type') as string);
    expect(parts.map(({ name, filename, contentType, start, end }) => [name, filename, contentType, bytes.subarray(start, end).toString('latin1')])).toEqual([
      ['model', null, null, 'whisper-1'],
      ['file', 'a %22b%22.wav', 'audio/wav', '\0\r\n--\xff'],
      ['timestamp_granularities[]', null, null, 'word'],
      ['timestamp_granularities[]', null, null, 'segment'],
    ]);
  });

  it.each([
    ['as other clients make it: without quotes, with a length, with two names of a file', part("content-type: audio/wav\r\nContent-Disposition: form-data; name=file; filename=a.wav; filename*=utf-8''a.wav\r\nContent-Length: 1\r\nContent-Transfer-Encoding: binary")],
    ['with an empty field', field('prompt', '')],
    ['whose content nearly is a boundary', field('prompt', 'a\r\n--xy\r\n-xyz\r\n--xy\n--xyz\r--xyz')],
    ['with a path for a name', part('Content-Disposition: form-data; name="file"; filename="C:\\fakepath\\a.wav"')],
  ])('is read %s', (_, one) => {
    expect(refused(form(one))).toBeNull();
  });

  it('may end without the end of its last line, and name a boundary in quotes', () => {
    expect(refused(`${field('a')}--xyz--`)).toBeNull();
    expect(refused(form(field('a')), 'multipart/form-data; charset=utf-8; Boundary="xyz"')).toBeNull();
  });

  it.each([
    ['multipart/form-data'],
    ['multipart/form-data; boundary='],
    ['multipart/form-data; boundary=""'],
    ['multipart/form-data; boundary=xyz; boundary=abc'],
    ['multipart/form-data; boundary=xyz; BOUNDARY=xyz'],
    [`multipart/form-data; boundary=${'x'.repeat(71)}`],
    ['multipart/form-data; boundary="x yz"'],
    ['multipart/form-data; boundary=x\r\nyz'],
    ['multipart/mixed; boundary=xyz'],
    ['multipart/form-data boundary=xyz'],
  ])('is refused with the content type %j', (contentType) => {
    expect(refused(form(field('a')), contentType)).not.toBeNull();
  });

  it.each([
    ['nothing at all', ''],
    ['something before its first boundary', `preamble\r\n${form(field('a'))}`],
    ['an empty line before its first boundary', `\r\n${form(field('a'))}`],
    ['something behind its last boundary', `${form(field('a'))}epilogue`],
    ['a second form behind it', `${form(field('a'))}${form(field('model'))}`],
    ['no last boundary', field('a')],
    ['a last boundary cut short', `${field('a')}--xyz-`],
    ['another boundary than it says', form(field('a')).toString().replaceAll('xyz', 'abc')],
    ['a boundary that goes on', `${field('a')}--xyzabc\r\n`],
    ['content that begins like the boundary', form(field('a', 'x\r\n--xyzabc'))],
    ['space behind a boundary', `--xyz \r\n${field('a').slice(7)}--xyz--`],
    ['a boundary ended by a bare LF', `--xyz\n${field('a').slice(7)}--xyz--`],
    ['no empty line behind a head', '--xyz\r\nContent-Disposition: form-data; name="a"\r\n--xyz--'],
    ['a head without end', `--xyz\r\nContent-Disposition: form-data; name="${'a'.repeat(5000)}"\r\n\r\nv\r\n--xyz--`],
    ['more parts than anybody needs', form(...Array.from({ length: 101 }, (__, i) => field(`f${i}`)))],
  ])('is refused that has %s', (_, bytes) => {
    expect(refused(bytes)).toMatch(/no form that can be read/);
  });

  it.each([
    ['a bare LF', 'Content-Disposition: form-data; name="a"\nContent-Type: text/plain'],
    ['a bare CR', 'Content-Disposition: form-data; name="a"\rX: y'],
    ['a folded line', 'Content-Disposition: form-data;\r\n name="a"'],
    ['the same field twice', 'Content-Disposition: form-data; name="a"\r\ncontent-disposition: form-data; name="model"'],
    ['a name twice', 'Content-Disposition: form-data; name="a"; name="model"'],
    ['a name within quotes that are escaped', 'Content-Disposition: form-data; filename="a\\"; name="model"; x="'],
    ['a name of a file that ends in a backslash', 'Content-Disposition: form-data; name="file"; filename="a\\"'],
    ['no name', 'Content-Disposition: form-data'],
    ['an empty name', 'Content-Disposition: form-data; name=""'],
    ['a name with a NUL', 'Content-Disposition: form-data; name="a\0b"'],
    ['a name with a space', 'Content-Disposition: form-data; name="model "'],
    ['a name in another coding', "Content-Disposition: form-data; name*=utf-8''model"],
    ['no disposition', 'Content-Type: text/plain'],
    ['another disposition', 'Content-Disposition: attachment; name="a"'],
    ['an encoding', 'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64'],
    ['a field of its own', 'Content-Disposition: form-data; name="a"\r\nX-Api-Key: s'],
    ['a line without a colon', 'Content-Disposition: form-data; name="a"\r\nhello'],
    ['something behind its parameters', 'Content-Disposition: form-data; name="a" b'],
  ])('is refused where the head of a part has %s', (_, head) => {
    expect(refused(form(part(head)))).toMatch(/no form that can be read/);
  });

  it('is refused where the head of a part is not UTF-8', () => {
    expect(refused(Buffer.concat([Buffer.from('--xyz\r\nContent-Disposition: form-data; name="file"; filename="'), Buffer.from([0xff]), Buffer.from('"\r\n\r\nv\r\n--xyz--')]))).not.toBeNull();
  });

  it('is read in time that grows with it, whatever it holds', () => {
    const almost = Buffer.from('\r\n--xy'.repeat(200_000));
    const from = process.cpuUsage().user;
    expect(refused(Buffer.concat([Buffer.from(field('a').slice(0, -3)), almost, Buffer.from('\r\n--xyz--')]))).toBeNull();
    expect(process.cpuUsage().user - from).toBeLessThan(1_000_000);
  });

  it('never makes anything but a form or a refusal of bytes that were changed', () => {
    const whole = form(field('model', 'm'), part('Content-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: audio/wav', '\0\x01'));
    for (let at = 0; at < whole.length; at++) {
      for (const byte of [0, 10, 13, 34, 45, 58, 92, 255]) {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        refused(changed);
      }
      refused(whole.subarray(0, at));
    }
  });
});

describe('the fields of a form', () => {
  const read = (...parts: string[]) => new FormFields(scanMultipart(form(...parts), type), ['model', 'stream', 'n', 'file']);

  it('are read as JSON would have them', () => {
    expect(read(field('model', 'm'), field('stream', 'true'), field('n', '2'), field('other', 'x')).values(['n'], ['stream'])).toEqual({ model: 'm', stream: true, n: 2 });
    expect(read(field('stream', 'yes'), field('n', '-1')).values(['n'], ['stream'])).toEqual({ stream: 'yes', n: '-1' });
  });

  it.each([
    ['twice', [field('model', 'a'), field('model', 'b')]],
    ['once more in capitals', [field('model', 'a'), field('Model', 'b')]],
    ['with brackets', [field('model[]', 'a')]],
  ])('are refused that are there %s', (_, parts) => {
    expect(() => read(...parts)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST', param: 'model' }));
  });

  it('are no files, and are UTF-8', () => {
    const file = part('Content-Disposition: form-data; name="model"; filename="m"', 'm');
    expect(() => read(file).values([], [])).toThrow(expect.objectContaining({ param: 'model' }));
    const odd = new FormFields(scanMultipart(Buffer.concat([Buffer.from('--xyz\r\nContent-Disposition: form-data; name="model"\r\n\r\n'), Buffer.from([0xc0, 0xaf]), Buffer.from('\r\n--xyz--')]), type), ['model']);
    expect(() => odd.text('model')).toThrow(expect.objectContaining({ param: 'model' }));
  });

  it('change one at a time, and nothing else of the form', () => {
    const parts = [field('n', '1'), field('model', 'asked'), part('Content-Disposition: form-data; name="file"; filename="a"', '\r\n--asked')];
    const sent = read(...parts).with('model', 'gpt-4o-transcribe');
    expect(sent.toString()).toBe(form(...parts).toString().replace('\r\n\r\nasked', '\r\n\r\ngpt-4o-transcribe'));
    expect(read(...parts).with('model', 'a\r\n--xyz--').toString()).toContain('\r\n\r\na--xyz--\r\n');
  });

  it('go on under the boundary that they came with', () => {
    expect(formType('xyz')).toBe(type);
    expect(formType("a'b?c")).toBe('multipart/form-data; boundary="a\'b?c"');
  });
});
