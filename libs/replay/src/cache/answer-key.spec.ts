import { answerKey } from './answer-key';

describe('the key of a cached answer', () => {
  const body = Buffer.from('{}');

  it('differs by tenant, target and body, and is the same for the same', () => {
    const keys = [answerKey('a', 't', body), answerKey('b', 't', body), answerKey('a', 'u', body), answerKey('a', 't', Buffer.from('{ }')), answerKey('a', 't\n', body)];
    expect(new Set(keys).size).toBe(keys.length);
    expect(answerKey('a', 't', Buffer.from('{}'))).toBe(keys[0]);
  });

  it('tells nothing of the question', () => {
    expect(answerKey('a', 't', Buffer.from('canary'))).not.toContain('canary');
  });
});
