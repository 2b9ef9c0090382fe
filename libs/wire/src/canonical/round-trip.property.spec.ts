import { chunksOfAnswer, type CanonicalAnswer, type CanonicalChunk, type CanonicalRequest, type ClientDialect, collectAnswer } from '@higress/kernel';
import fc from 'fast-check';
import { ABILITIES, type Abilities, shared } from '../fixtures/abilities';
import { anAnswer, aRequest } from '../fixtures/arbitrary';
import { anAnswerTarget, anEncodeTarget, CODECS } from '../fixtures/codecs';
import type { ClientCodec, ProviderCodec, StreamDecoder } from './dialect-codec';

interface Side {
  readonly client: ClientCodec;
  readonly provider: ProviderCodec;
  readonly id: string;
  readonly able: Abilities;
}

const dialects = Object.keys(CODECS) as ClientDialect[];
const sideOf = (dialect: ClientDialect): Side => ({ ...CODECS[dialect], able: ABILITIES[dialect] });
const pairs = dialects.flatMap((from) => dialects.map((to) => [from, to] as const));
const json = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Without what a dialect adds by itself, which is no part of what was asked or said: a schema's name, a link's type, an item's id, a token's bytes. */
const bare = <T>(able: Abilities, value: T): T =>
  JSON.parse(JSON.stringify(value), (name, found: unknown) => {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return name === 'bytes' && !able.tokenBytes ? undefined : found;
    if ('kind' in found && found.kind === 'url') return { ...found, mediaType: undefined };
    if ('type' in found && found.type === 'reasoning') return { ...found, id: undefined };
    if ('type' in found && found.type === 'json_schema' && !able.schemaNames) return { ...found, name: undefined };
    return found;
  }) as T;

const askedBy = (able: Abilities) => ({ dialect: _dialect, includeUsage: _includeUsage, extras: { store: _store, include: _include, ...extras }, ...request }: CanonicalRequest) => bare(able, { ...request, extras });
const saidBy = (able: Abilities) => (answer: CanonicalAnswer | null) => bare(able, { ...answer, createdUnix: able.createdAt ? answer?.createdUnix : undefined });

function overTheWire(request: CanonicalRequest, { client, provider }: Side): CanonicalRequest {
  return client.decodeRequest(json(provider.encodeRequest(request, anEncodeTarget(request))), request);
}

/** The stream in pieces of any size. */
function readStream(decoder: StreamDecoder, stream: Buffer, cuts: readonly number[]): CanonicalChunk[] {
  const chunks: CanonicalChunk[] = [];
  let i = 0;
  for (let at = 0; at < stream.length; i++) {
    const size = 1 + ((cuts[i % Math.max(1, cuts.length)] ?? stream.length) % 200);
    const { chunks: read, fault } = decoder.push(stream.subarray(at, at + size));
    if (fault) throw fault;
    chunks.push(...read);
    at += size;
  }
  const last = decoder.end();
  if (last.fault) throw last.fault;
  return [...chunks, ...last.chunks];
}

/** Every text in pieces, as a model would have said it. */
function inPieces(chunks: Iterable<CanonicalChunk>, size: number): CanonicalChunk[] {
  return [...chunks].flatMap((chunk): CanonicalChunk[] => {
    if (chunk.type !== 'text' && chunk.type !== 'refusal' && !(chunk.type === 'reasoning' && !chunk.redacted)) return [chunk];
    const letters = Array.from(chunk.text);
    if (letters.length <= size) return [chunk];
    const first = { ...chunk, text: letters.slice(0, size).join('') };
    const rest = { ...chunk, text: letters.slice(size).join('') };
    return chunk.type === 'reasoning' ? [{ ...first, signature: undefined } as CanonicalChunk, rest] : [first, rest];
  });
}

describe.each(pairs)('between %s and %s', (from, to) => {
  const a = sideOf(from);
  const b = sideOf(to);
  const able = shared(a.able, b.able);
  const asked = askedBy(able);
  const said = saidBy(able);

  it('a request keeps everything that both can carry', () => {
    fc.assert(
      fc.property(aRequest(able, from), (request) => {
        const received = overTheWire(request, a);
        expect(asked(received)).toEqual(asked(request));
        expect(asked(overTheWire({ ...received, includeUsage: true }, b))).toEqual(asked(request));
      }),
      { numRuns: 60 },
    );
  });

  it('an answer keeps everything that both can carry', () => {
    fc.assert(
      fc.property(anAnswer(able, b.id), (answer) => {
        const received = b.provider.decodeAnswer(json(b.client.encodeAnswer(answer, anAnswerTarget())));
        expect(said(received)).toEqual(said(answer));
        const passed = a.provider.decodeAnswer(json(a.client.encodeAnswer({ ...received, id: a.id }, anAnswerTarget())));
        expect(said(passed)).toEqual(said({ ...answer, id: a.id }));
      }),
      { numRuns: 60 },
    );
  });

  it('a stream tells what the whole answer would have told, however it is cut', () => {
    fc.assert(
      fc.property(anAnswer(able, b.id), fc.array(fc.nat(300), { maxLength: 5 }), fc.integer({ min: 1, max: 5 }), (answer, cuts, size) => {
        const encoder = b.client.streamEncoder(anAnswerTarget());
        const stream = Buffer.concat([...inPieces(chunksOfAnswer(answer), size).map((chunk) => encoder.push([chunk])), encoder.end()]);
        const received = readStream(b.provider.streamDecoder(), stream, cuts);
        expect(said(collectAnswer(received))).toEqual(said(answer));
        const passing = a.client.streamEncoder(anAnswerTarget());
        const passed = Buffer.concat([passing.push(received.map((chunk) => (chunk.type === 'start' ? { ...chunk, id: a.id } : chunk))), passing.end()]);
        expect(said(collectAnswer(readStream(a.provider.streamDecoder(), passed, cuts)))).toEqual(said({ ...answer, id: a.id }));
      }),
      { numRuns: 60 },
    );
  });
});
