import type { Behaviour } from '../behaviour';
import type { Step } from '../simulated-answer';

const ERROR_AFTER_PIECES = 3;
const ERROR = Buffer.from(`data: ${JSON.stringify({ type: 'error', error: { message: 'The server had an error while processing your request.', type: 'server_error', param: null, code: null } })}\n\n`);

/** Pieces of a stream at the pace of the model's name, up to where its fault lets them come. @param last what follows the last one */
export function* inPieces(pieces: readonly Buffer[], last: readonly Buffer[], { firstMs, tokenMs, fault }: Behaviour): Generator<Step> {
  for (let at = 0; at < pieces.length || fault?.kind === 'endless'; at++) {
    const afterMs = at === 0 ? firstMs : tokenMs;
    if (fault?.kind === 'error-midstream' && at === ERROR_AFTER_PIECES) return yield { afterMs, bytes: ERROR };
    if (fault?.kind === 'cut' && at === fault.amount) return;
    if ((fault?.kind === 'reset' || fault?.kind === 'hang') && at === fault.amount) return yield { afterMs, fault: fault.kind };
    yield { afterMs, bytes: pieces[at % pieces.length] as Buffer };
  }
  for (const bytes of last) yield { afterMs: 0, bytes };
}

/** One event, named as OpenAI names it. */
export function mediaEvent(event: { readonly type: string; readonly [member: string]: unknown }): Buffer {
  return Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}
