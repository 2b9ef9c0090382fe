import { writeFileSync } from 'node:fs';
import { scratch } from '../machine/place.mjs';
import { runPinned } from '../machine/pinned.mjs';
import { countAnswers } from './count-answers.mjs';

/**
 * Runs load.c and returns what it counted, in one form for every scenario. Times in ms.
 * @param {{ port: number, headers: Record<string, string> }} target
 * @param {{ model: string, connections: number, seconds: number, rate?: number, each?: number, rampMs?: number }} shape
 */
export async function ownLoad(bench, target, { model, connections, seconds, rate, each, rampMs }) {
  const file = scratch(`requests/${target.port}-${model}`);
  writeFileSync(file, rawRequest(target, model));
  const args = ['-p', target.port, '-f', file, '-c', connections, '-d', seconds];
  if (rate) args.push('-r', rate);
  if (each) args.push('-n', each);
  if (rampMs) args.push('-R', rampMs);
  const told = JSON.parse(await runPinned(bench.cores.others, bench.programs.load, args.map(String)));
  countAnswers(bench, target, told.ok);
  return {
    elapsedS: told.elapsed_s,
    answered: told.ok,
    refused: told.responses - told.ok,
    broken: told.broken + told.connect_errors + told.unanswered,
    statuses: told.statuses,
    streams: told.whole_streams,
    chunks: told.chunks,
    perSecond: told.ok / told.elapsed_s,
    latency: inMs(told.latency_us),
    refusal: inMs(told.refusal_us),
    ttft: inMs(told.ttft_us),
    lag: inMs(told.lag_us),
  };
}

function inMs(stats) {
  if (!stats) return null;
  const { n, ...times } = stats;
  return { n, ...Object.fromEntries(Object.entries(times).map(([name, us]) => [name, us / 1000])) };
}

function rawRequest({ headers }, model) {
  const body = requestBody(model);
  const lines = Object.entries({ host: '127.0.0.1', 'content-type': 'application/json', ...headers, 'content-length': Buffer.byteLength(body) });
  return `POST /v1/chat/completions HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

/** About 1 KB, as a short chat has it. */
export function requestBody(model) {
  const stream = /^(sse|msg)-/.test(model) ? { stream: true, stream_options: { include_usage: true } } : {};
  const words = 'Tell me in a few words what a gateway is for, and why one would put it between a program and a model. '.repeat(8);
  return JSON.stringify({ model, ...stream, messages: [{ role: 'system', content: 'You answer briefly.' }, { role: 'user', content: words }], temperature: 0.7, max_tokens: 200 });
}
