import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PublishedTypes, publishedTypes } from '@higress/testing';

let types: PublishedTypes;
beforeAll(async () => void (types = await publishedTypes()));
const fixture = (name: string, file: string) => readFileSync(join(__dirname, name, 'fixtures', file), 'utf8');
const eventsOf = (stream: string): unknown[] => stream.split('\n').filter((line) => line.startsWith('data: {')).map((line) => JSON.parse(line.slice(6)) as unknown);

/** Answers of old fixtures lack what was published later. */
const LATER = { nullMayBeMissing: true };

describe('what was written down of answers is what providers publish', () => {
  it.each([
    ['openai', 'ChatAnswer', 'ChatChunk'],
    ['anthropic', 'MessagesAnswer', 'MessagesEvent'],
    ['gemini', 'GenerateAnswer', 'GenerateAnswer'],
  ])('%s', (name, whole, event) => {
    expect(types.faultOf(whole, JSON.parse(fixture(name, 'answer.json')), LATER)).toBeNull();
    for (const data of eventsOf(fixture(name, 'stream.sse'))) expect(types.faultOf(event, data, LATER)).toBeNull();
  });
});

describe('the types that are published', () => {
  it('refuse what they do not name, what is of another kind, and what lacks a part', () => {
    const asked = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
    expect(types.faultOf('ChatRequest', asked)).toBeNull();
    expect(types.faultOf('ChatRequest', { ...asked, thinking: {} })).toBe('$.thinking: unknown member');
    expect(types.faultOf('ChatRequest', { ...asked, messages: [{ role: 'user', content: [{ type: 'text', text: 1 }] }] })).toMatch(/^\$\.messages\[0\]\.content\[0\]\.text: 1 is not string/);
    expect(types.faultOf('ChatRequest', { messages: [] })).toBe('$.model: is missing');
    expect(types.faultOf('MessagesRequest', { model: 'm', max_tokens: 1, messages: [{ role: 'robot', content: 'Hi' }] })).toMatch(/role/);
    expect(types.faultOf('GenerateRequest', { contents: [{ role: 'user', parts: [{ txt: 'Hi' }] }] })).toBe('$.contents[0].parts[0].txt: unknown member');
    expect(types.faultOf('ConverseRequest', { messages: [{ role: 'user', content: [{ text: 'Hi', type: 'text' }] }] })).toMatch(/unknown member/);
    expect(() => types.faultOf('Nothing', {})).toThrow('Nothing');
  });
});
