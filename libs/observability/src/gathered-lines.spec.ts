import { GatheredLines } from './gathered-lines';

describe('GatheredLines', () => {
  let texts: string[];
  let lines: GatheredLines;
  beforeEach(() => {
    const passedOn: string[] = [];
    texts = passedOn;
    lines = new GatheredLines({ write: (text) => void passedOn.push(text) });
  });

  it('passes lines on together, in their order', () => {
    lines.write('one\n');
    lines.write('two\n');
    expect(texts).toEqual([]);
    lines.flush();
    expect(texts).toEqual(['one\ntwo\n']);
  });

  it('passes nothing on where nothing came', () => {
    lines.flush();
    lines.write('one\n');
    lines.flush();
    lines.flush();
    expect(texts).toEqual(['one\n']);
  });

  it('does not let them come to more than 32 KB', () => {
    const line = `${'x'.repeat(1023)}\n`;
    for (let i = 0; i < 100; i++) lines.write(line);
    expect(texts).toHaveLength(3);
    expect(texts.every((text) => text.length === 32 * 1024)).toBe(true);
  });

  it('passes on what is left when the process ends', () => {
    lines.write('last words\n');
    process.listeners('exit')[0]?.(0);
    expect(texts).toEqual(['last words\n']);
  });
});
