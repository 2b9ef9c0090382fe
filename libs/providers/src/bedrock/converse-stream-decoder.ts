import { type CanonicalChunk, DomainError } from '@higress/kernel';
import { type DecodedPiece, parseAnswer, type StreamDecoder } from '@higress/wire';
import { readConverseFinish, readConverseUsage } from './converse-codec';
import { type EventFrame, EventFrames } from './event-frames';

type Json = Readonly<Record<string, unknown>>;

const STATUSES: Readonly<Record<string, number>> = { throttlingException: 429, validationException: 400, modelTimeoutException: 408, serviceUnavailableException: 503, internalServerException: 500, modelStreamErrorException: 424 };
const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});

/** ConverseStream: AWS's frames instead of server-sent events. */
export class ConverseStreamDecoder implements StreamDecoder {
  finished = false;
  private started = false;
  private readonly frames = new EventFrames();
  /** The number of the call that each block is. */
  private readonly calls = new Map<number, { readonly index: number; isTold: boolean }>();

  push(piece: Buffer): DecodedPiece {
    const chunks: CanonicalChunk[] = [];
    try {
      for (const frame of this.frames.push(piece)) this.read(frame, (chunk) => void chunks.push(chunk));
      return { chunks, useful: chunks.length > 0, fault: null };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { chunks, useful: chunks.length > 0, fault: error };
    }
  }

  end(): DecodedPiece {
    return { chunks: [], useful: false, fault: null };
  }

  private read({ type, isException, payload }: EventFrame, emit: (chunk: CanonicalChunk) => void): void {
    const event = payload.length === 0 ? {} : parseAnswer(payload.toString('utf8'));
    if (isException) throw failure(type, event);
    if (!this.started) {
      this.started = true;
      emit({ type: 'start', id: '', model: '' });
    }
    const block = Number(event.contentBlockIndex ?? 0);
    switch (type) {
      case 'contentBlockStart': {
        const call = object(object(event.start).toolUse);
        if (typeof call.name !== 'string') return;
        const index = this.calls.size;
        this.calls.set(block, { index, isTold: false });
        return emit({ type: 'tool_call', choice: 0, index, id: String(call.toolUseId ?? ''), name: call.name, arguments: '' });
      }
      case 'contentBlockDelta':
        return this.delta(block, object(event.delta), emit);
      case 'contentBlockStop': {
        const call = this.calls.get(block);
        if (call && !call.isTold) emit({ type: 'tool_call', choice: 0, index: call.index, arguments: '{}' });
        return;
      }
      case 'messageStop':
        return emit({ type: 'finish', choice: 0, reason: readConverseFinish(event.stopReason) });
      case 'metadata': {
        const usage = readConverseUsage(event.usage);
        if (usage) emit({ type: 'usage', usage });
        this.finished = true;
      }
    }
  }

  private delta(block: number, delta: Json, emit: (chunk: CanonicalChunk) => void): void {
    if (typeof delta.text === 'string') return emit({ type: 'text', choice: 0, block, text: delta.text });
    const input = object(delta.toolUse).input;
    const call = this.calls.get(block);
    if (typeof input === 'string' && call && input !== '') {
      call.isTold = true;
      return emit({ type: 'tool_call', choice: 0, index: call.index, arguments: input });
    }
    const { text, signature, redactedContent } = object(delta.reasoningContent);
    if (typeof text === 'string') emit({ type: 'reasoning', choice: 0, block, text });
    if (typeof signature === 'string') emit({ type: 'reasoning', choice: 0, block, text: '', signature: { by: 'anthropic', value: signature } });
    if (typeof redactedContent === 'string') emit({ type: 'reasoning', choice: 0, block, text: '', redacted: true, signature: { by: 'anthropic', value: redactedContent } });
  }
}

/** Its own words stay in the log. */
function failure(type: string, event: Json): DomainError {
  const upstreamStatus = STATUSES[type];
  const cause = typeof event.message === 'string' ? event.message.slice(0, 500) : type;
  return new DomainError(upstreamStatus === 429 ? 'UPSTREAM_RATE_LIMITED' : 'UPSTREAM_ERROR', { message: 'The provider broke off with an error.', upstreamStatus, cause });
}
