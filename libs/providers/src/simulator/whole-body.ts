import type { SimulatedFault } from './behaviour';
import { JSON_HEADERS, type SimulatedAnswer, type Step } from './simulated-answer';

const PADDING_BYTES = 4 << 20;

function steps(bytes: Buffer, afterMs: number, fault: SimulatedFault | null): Step[] {
  const half = bytes.subarray(0, bytes.length >> 1);
  switch (fault?.kind) {
    case 'reset': return fault.amount === 0 ? [{ afterMs, fault: 'reset' }] : [{ afterMs, bytes: half }, { afterMs: 1, fault: 'reset' }];
    case 'hang': case 'comments': return [{ afterMs, bytes: half }, { afterMs: 0, fault: 'hang' }];
    case 'cut': case 'broken-json': return [{ afterMs, bytes: half }];
    case 'huge': return [{ afterMs, bytes: Buffer.concat([Buffer.from('{"padding":"'), Buffer.alloc(PADDING_BYTES, 'x'), Buffer.from('",'), bytes.subarray(1)]) }];
    default: return [{ afterMs, bytes }];
  }
}

/** A JSON answer of status 200, or as much of it as the fault lets through. */
export function wholeBody(bytes: Buffer, afterMs: number, fault: SimulatedFault | null): SimulatedAnswer {
  return { status: 200, headers: JSON_HEADERS, steps: steps(bytes, afterMs, fault) };
}
