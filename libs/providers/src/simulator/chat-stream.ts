import type { Behaviour } from './behaviour';
import type { ChatRequest } from './chat-request';
import { hashOf } from './hash';
import { planChoice, type Choice } from './plan-choice';
import { proseForever } from './prose';
import type { Simulation } from './simulation';
import { EVENT_HEADERS, type SimulatedAnswer, type Step } from './simulated-answer';
import { tokensOf } from './tokens';
import { usageOf } from './usage-of';

const COMMENT_MS = 100;
const ERROR_AFTER_PIECES = 3;

/** Builds the chunks of one stream; the parts that never change are serialised once. */
function chunkWriter(call: Simulation, request: ChatRequest) {
  const head = `data: {"id":"chatcmpl-${call.id}","object":"chat.completion.chunk","created":${call.createdUnix},"model":${JSON.stringify(call.model)},"service_tier":"default","system_fingerprint":"fp_simulator","choices":`;
  const tail = request.includeUsage ? ',"usage":null}\n\n' : '}\n\n';
  const delta = (index: number, json: string, finish = 'null') => `${head}[{"index":${index},"delta":${json},"logprobs":null,"finish_reason":${finish}}]${tail}`;
  return {
    opening: ({ tool }: Choice, index: number) =>
      delta(index, JSON.stringify(tool ? { role: 'assistant', content: null, tool_calls: [{ index: 0, id: tool.id, type: 'function', function: { name: tool.name, arguments: '' } }] } : { role: 'assistant', content: '', refusal: null })),
    piece: ({ tool }: Pick<Choice, 'tool'>, index: number, text: string) => delta(index, tool ? `{"tool_calls":[{"index":0,"function":{"arguments":${JSON.stringify(text)}}}]}` : `{"content":${JSON.stringify(text)}}`),
    finish: ({ finish }: Choice, index: number) => delta(index, '{}', JSON.stringify(finish)),
    usage: (usage: unknown) => `${head}[],"usage":${JSON.stringify(usage)}}\n\n`,
  };
}

function* withoutEnd(call: Simulation, request: ChatRequest, tokenMs: number): Generator<Step> {
  const chunks = chunkWriter(call, request);
  for (const sentence of proseForever(hashOf(request.lastUserText))) {
    for (const token of tokensOf(sentence)) yield { afterMs: tokenMs, bytes: Buffer.from(chunks.piece({ tool: null }, 0, token)) };
  }
}

function* commentsForEver(firstMs: number): Generator<Step> {
  for (let afterMs = firstMs; ; afterMs = COMMENT_MS) yield { afterMs, bytes: Buffer.from(': still working\n\n') };
}

/** What happens instead of the piece number `sent`; undefined where all goes well. */
function interruption(behaviour: Behaviour, sent: number): Step[] | undefined {
  const { fault } = behaviour;
  if (fault?.kind === 'error-midstream' && sent === ERROR_AFTER_PIECES) {
    const error = { message: 'The server had an error while processing your request.', type: 'server_error', param: null, code: null };
    return [{ afterMs: 0, bytes: Buffer.from(`data: ${JSON.stringify({ error })}\n\n`) }];
  }
  if (fault?.kind === 'broken-json' && sent === ERROR_AFTER_PIECES) return [{ afterMs: 0, bytes: Buffer.from('data: {"id":"chatcmpl-\n\ndata: [DONE]\n\n') }];
  if (fault?.kind === 'huge' && sent === ERROR_AFTER_PIECES) return [{ afterMs: 0, bytes: Buffer.concat([Buffer.from('data: {"padding":"'), Buffer.alloc(4 << 20, 'x'), Buffer.from('"}\n\n')]) }];
  if (fault === null || sent !== fault.amount) return undefined;
  if (fault.kind === 'cut') return [];
  return fault.kind === 'reset' || fault.kind === 'hang' ? [{ afterMs: behaviour.tokenMs, fault: fault.kind }] : undefined;
}

function* chunks(call: Simulation, request: ChatRequest, behaviour: Behaviour): Generator<Step> {
  const { tokenMs, fault } = behaviour;
  if (fault?.kind === 'reset' && fault.amount === 0) return yield { afterMs: behaviour.firstMs, fault: 'reset' };
  if (fault?.kind === 'comments') return yield* commentsForEver(behaviour.firstMs);
  const write = chunkWriter(call, request);
  const choices = Array.from({ length: request.choices }, (_, index) => planChoice(request, behaviour, call.id, index));
  yield { afterMs: behaviour.firstMs, bytes: Buffer.from(choices.map(write.opening).join('')) };
  if (fault?.kind === 'endless') return yield* withoutEnd(call, request, tokenMs);

  let sent = 0;
  const longest = Math.max(...choices.map(({ pieces }) => pieces.length));
  for (let at = 0; at < longest; at++) {
    let afterMs = tokenMs;
    for (const [index, choice] of choices.entries()) {
      const text = choice.pieces[at];
      if (text === undefined) continue;
      const instead = interruption(behaviour, sent);
      if (instead) return yield* instead;
      yield { afterMs, bytes: Buffer.from(write.piece(choice, index, text)) };
      afterMs = 0;
      sent++;
    }
  }
  const usage = request.includeUsage ? usageOf(request, behaviour, sent) : undefined;
  const done = fault?.kind === 'no-done' ? '' : 'data: [DONE]\n\n';
  yield { afterMs: tokenMs, bytes: Buffer.from(choices.map(write.finish).join('') + (usage ? write.usage(usage) : '') + done) };
}

function* crlf(steps: Iterable<Step>): Generator<Step> {
  for (const step of steps) yield 'bytes' in step ? { ...step, bytes: Buffer.from(step.bytes.toString('utf8').replaceAll('\n', '\r\n')) } : step;
}

/** Each piece twice cut: once at its middle, and never its last byte before the next piece begins. */
function* split(steps: Iterable<Step>): Generator<Step> {
  for (const step of steps) {
    if (!('bytes' in step)) return yield step;
    const beyondAscii = step.bytes.findIndex((byte) => byte > 127);
    const at = beyondAscii >= 0 ? beyondAscii + 1 : step.bytes.length >> 1;
    yield { afterMs: step.afterMs, bytes: step.bytes.subarray(0, at) };
    yield { afterMs: 1, bytes: step.bytes.subarray(at) };
  }
}

/** A chat completion as server-sent events, lazily: what nobody reads is never made. */
export function chatStream(call: Simulation, request: ChatRequest, behaviour: Behaviour): SimulatedAnswer {
  const plain = chunks(call, request, behaviour);
  const steps = behaviour.fault?.kind === 'crlf' ? crlf(plain) : behaviour.fault?.kind === 'split' ? split(plain) : plain;
  return { status: 200, headers: EVENT_HEADERS, steps };
}
