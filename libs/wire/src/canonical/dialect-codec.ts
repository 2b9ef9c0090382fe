import type { CanonicalAnswer, CanonicalChunk, CanonicalRequest, DomainError } from '@higress/kernel';
import type { Json } from './fields';
import type { Loss } from './loss';
import type { WholeEvent } from '../event-walk';
import type { ResponseKeeping } from '../responses/told-response';

/** What a request for a provider needs beside what the client asked. */
export interface EncodeTarget {
  /** The model's name at the provider. */
  readonly model: string;
  /** A bound for a caller who gave none and must have one; absent where the provider's own will do. */
  readonly maxOutputTokens?: number;
  /** As much as the model can answer, where it is known: for a provider that demands a bound. */
  readonly mostOutputTokens?: number;
  readonly loss: Loss;
}

/** What an answer for a client needs beside the answer. */
export interface AnswerTarget {
  /** The model's name as the client asked for it. */
  readonly model: string;
  /** Our own id of the call, which stands in where the provider gave none. */
  readonly requestId: string;
  /** The prompt’s size, for a dialect that tells it before the provider does. */
  readonly estimatedInputTokens: number;
  /** Unix seconds, where the provider tells no time. */
  readonly nowUnix: number;
  readonly request: CanonicalRequest;
  /** One JSON array instead of server-sent events, where the dialect has that form too. */
  readonly asArray?: boolean;
  /** The request's members as the client spelled them, for a dialect whose answers repeat them. */
  readonly asked?: Json;
  /** Where an answer can be asked for later: what it is to say of that. Absent: what the provider says of it passes. */
  readonly keeping?: ResponseKeeping;
}

/** What a client has seen of a stream whose events are numbered and tell the answer's name. */
export interface SeenEvents {
  /** The number of the event that comes next. */
  readonly next: number;
  /** The answer as it was told when it began; null before that. */
  readonly response: Json | null;
  /** What of it is whole. */
  readonly output: readonly Json[];
}

/** One piece of a provider's stream, understood. */
export interface DecodedPiece {
  readonly chunks: readonly CanonicalChunk[];
  /** True when it held anything but comments and pings: what the idle timeout waits for. */
  readonly useful: boolean;
  /** Why nothing behind `chunks` can be read. */
  readonly fault: DomainError | null;
}

/** Bytes of a provider's stream in, canonical chunks out, however they are cut. */
export interface StreamDecoder {
  /** True once the stream told that it is whole. */
  readonly finished: boolean;
  /** What whoever gets the same events has seen by now, in a dialect that goes on from there when the stream breaks. */
  readonly seen?: SeenEvents;
  push(piece: Buffer): DecodedPiece;
  /** The provider closed its stream. */
  end(): DecodedPiece;
}

/** One whose stream is server-sent events, for whoever has cut them already. */
export interface EventDecoder extends StreamDecoder {
  /** @returns true where the event counts as a sign of life. @throws DomainError where nothing behind it can be read */
  readEvent(event: WholeEvent, emit: (chunk: CanonicalChunk) => void): boolean;
}

/** Canonical chunks in, a client's stream out. */
export interface StreamEncoder {
  push(chunks: readonly CanonicalChunk[]): Buffer;
  /** The events that end a whole answer. */
  end(): Buffer;
  /** The event that ends an answer which broke off. @param seen what its client has seen of it, where that was not said here */
  fail(error: DomainError, seen?: SeenEvents): Buffer;
  /** What keeps a silent stream alive. */
  keepAlive(): Buffer;
}

/** How a client speaks. */
export interface ClientCodec {
  /**
   * @param path what the path told, in a dialect that names model and streaming there and not in the body
   * @throws DomainError INVALID_REQUEST with the parameter at fault
   */
  decodeRequest(body: Json, path?: { readonly model: string; readonly stream: boolean }): CanonicalRequest;
  encodeAnswer(answer: CanonicalAnswer, target: AnswerTarget): Json;
  streamEncoder(target: AnswerTarget): StreamEncoder;
  /** An event that passes, with what is ours to tell in it. */
  retell?(event: Buffer, keeping: ResponseKeeping): Buffer;
}

/** How a provider is spoken to. */
export interface ProviderCodec {
  /** @throws DomainError UNSUPPORTED_PARAMETER with the parameter as the client spelled it */
  encodeRequest(request: CanonicalRequest, target: EncodeTarget): Json;
  /** @throws DomainError UPSTREAM_INVALID_RESPONSE */
  decodeAnswer(body: Json): CanonicalAnswer;
  streamDecoder(): StreamDecoder;
}

/** How a provider is spoken to whose streams are server-sent events. */
export interface EventCodec extends ProviderCodec {
  streamDecoder(): EventDecoder;
}
