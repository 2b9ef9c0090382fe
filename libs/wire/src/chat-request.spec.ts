import { readChatRequest, scanJson } from '../index';

const read = (more: object) => readChatRequest(scanJson(Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...more }))));

describe('readChatRequest', () => {
  it.each([
    [{}, null],
    [{ max_tokens: 5 }, 5],
    [{ max_completion_tokens: 6, max_tokens: null }, 6],
    [{ max_completion_tokens: 1, max_tokens: 100_000 }, 100_000],
    [{ max_completion_tokens: 100_000, max_tokens: 1 }, 100_000],
  ])('takes the larger bound of %j, because providers differ in which one they heed', (more, bound) => {
    expect(read(more).maxOutputTokens).toBe(bound);
  });

  it.each([0, -1, 1.5, '5', true, [], 2 ** 31, 9007199254740991])('refuses %j as a bound', (bound) => {
    expect(() => read({ max_tokens: bound })).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST', param: 'max_tokens' }) as Error);
  });
});
