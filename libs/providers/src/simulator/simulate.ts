import type { Endpoint } from '@higress/kernel';
import { behaviourOf, type Behaviour } from './behaviour';
import { chatAnswer } from './chat-answer';
import { chatRequest, isMistake } from './chat-request';
import { chatStream } from './chat-stream';
import { embeddingsAnswer } from './embeddings-answer';
import { numbersFrom } from './hash';
import { moderationsAnswer } from './moderations-answer';
import { rerankAnswer } from './rerank-answer';
import { MEDIA_ANSWERS } from './media/media-answer';
import type { Simulation } from './simulation';
import { JSON_HEADERS, refusal, wholeAnswer, type SimulatedAnswer, type Step } from './simulated-answer';

const PAGE = '<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>';

function only(step: Step, status = 200, headers: Readonly<Record<string, string>> = JSON_HEADERS): SimulatedAnswer {
  return { status, headers, steps: [step] };
}

/** Faults that do not depend on what was asked; undefined where there is none. */
function faultyAnswer(call: Simulation, { fault, firstMs: afterMs }: Behaviour): SimulatedAnswer | undefined {
  switch (fault?.kind) {
    case 'refused': return only({ afterMs: 0, fault: 'refuse' });
    case 'timeout': return only({ afterMs: 0, fault: 'hang' });
    case 'status': return refusal(fault.amount, `The simulator answers ${fault.amount}, as its model's name asks.`, null, afterMs);
    case 'flaky': return numbersFrom(call.seed)() * 100 < fault.amount ? refusal(500, 'The simulator was unlucky this time.', null, afterMs) : undefined;
    case 'garbage': return only({ afterMs, bytes: Buffer.from(PAGE) }, 200, { 'content-type': 'text/html; charset=utf-8' });
    case 'empty': return { status: 204, headers: {}, steps: [{ afterMs, bytes: Buffer.alloc(0) }] };
    case 'redirect': return only({ afterMs, bytes: Buffer.alloc(0) }, 302, { location: 'http://169.254.169.254/latest/meta-data/' });
    case 'gzip': return only({ afterMs, bytes: Buffer.from('H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA==', 'base64') }, 200, { ...JSON_HEADERS, 'content-encoding': 'gzip' });
    default: return undefined;
  }
}

function chat(call: Simulation, behaviour: Behaviour): SimulatedAnswer {
  const request = chatRequest(call.body);
  if (isMistake(request)) return refusal(400, request.message, request.param, behaviour.firstMs);
  return request.stream ? chatStream(call, request, behaviour) : chatAnswer(call, request, behaviour);
}

/** What is no conversation. */
const ANSWERS: Partial<Record<Endpoint, typeof chat>> = { embeddings: embeddingsAnswer, rerank: rerankAnswer, moderations: moderationsAnswer, ...MEDIA_ANSWERS };

/**
 * A provider without a network: what OpenAI would answer, at the pace and with the faults that the model's name asks for
 * (the table in `behaviour.ts`). Pure, and the same for the same arguments. Its usage counts exactly the tokens that it
 * sends, in its own tokenisation (`tokens.ts`). Never throws, whatever the body.
 */
export function simulate(call: Simulation): SimulatedAnswer {
  if (call.endpoint === 'models') return wholeAnswer(200, { object: 'list', data: ['sim', 'sim-fast', 'sim-slow'].map((id) => ({ id, object: 'model', created: 0, owned_by: 'simulator' })) }, 0);
  const behaviour = behaviourOf(call.model);
  if (!behaviour) return refusal(404, `The model \`${call.model}\` does not exist or you do not have access to it.`);
  return faultyAnswer(call, behaviour) ?? (ANSWERS[call.endpoint] ?? chat)(call, behaviour);
}
