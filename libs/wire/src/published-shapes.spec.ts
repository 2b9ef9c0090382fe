import { chunksOfAnswer, type CanonicalAnswer, type CanonicalRequest, type ClientDialect } from '@higress/kernel';
import { type PublishedTypes, publishedTypes } from '@higress/testing';
import fc from 'fast-check';
import { ABILITIES } from './fixtures/abilities';
import { anAnswer, aRequest } from './fixtures/arbitrary';
import { anAnswerTarget, anEncodeTarget, CODECS } from './fixtures/codecs';
import { chatProvider, OPENAI_QUIRKS, type ProviderCodec } from '../index';

/** What each dialect's shapes are called, and who is asked exactly as its owner publishes it. */
const SHAPES: Record<ClientDialect, { request: string; answer: string; event: string; provider: ProviderCodec }> = {
  openai: { request: 'ChatRequest', answer: 'ChatAnswer', event: 'ChatChunk', provider: chatProvider(OPENAI_QUIRKS) },
  responses: { request: 'ResponseRequest', answer: 'ResponseAnswer', event: 'ResponseEvent', provider: CODECS.responses.provider },
  anthropic: { request: 'MessagesRequest', answer: 'MessagesAnswer', event: 'MessagesEvent', provider: CODECS.anthropic.provider },
  gemini: { request: 'GenerateRequest', answer: 'GenerateAnswer', event: 'GenerateAnswer', provider: CODECS.gemini.provider },
};
const dialects = Object.keys(SHAPES) as ClientDialect[];
let types: PublishedTypes;
beforeAll(async () => void (types = await publishedTypes()));
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function dataOf(stream: Buffer): unknown[] {
  return stream.toString().split('\n').filter((line) => line.startsWith('data: {')).map((line) => JSON.parse(line.slice(6)) as unknown);
}

describe.each(dialects)('what is written in the form of %s is what its SDK’s types publish', (dialect) => {
  const { request, answer, event, provider } = SHAPES[dialect];
  const { client, id } = CODECS[dialect];
  const runs = { numRuns: 150 };

  it.each(dialects)('a request, asked in the form of %s', (from) => {
    fc.assert(
      fc.property(aRequest(ABILITIES[from], from), (asked: CanonicalRequest) => {
        const body = provider.encodeRequest(asked, anEncodeTarget(asked, true));
        expect(types.faultOf(request, json(body))).toBeNull();
      }),
      runs,
    );
  });

  it.each(dialects)('an answer, whole and streamed, given in the form of %s', (from) => {
    fc.assert(
      fc.property(anAnswer(ABILITIES[from], id), (given: CanonicalAnswer) => {
        expect(types.faultOf(answer, json(client.encodeAnswer(given, anAnswerTarget())), { nullMayBeMissing: true })).toBeNull();
        const encoder = client.streamEncoder(anAnswerTarget());
        const stream = Buffer.concat([encoder.push([...chunksOfAnswer(given)]), encoder.end()]);
        for (const data of dataOf(stream)) expect(types.faultOf(event, data, { nullMayBeMissing: true })).toBeNull();
      }),
      runs,
    );
  });
});
