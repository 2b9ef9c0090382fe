import { writeFileSync } from 'node:fs';
import { scratch } from '../machine/place.mjs';
import { runPinned } from '../machine/pinned.mjs';
import { countAnswers } from './count-answers.mjs';
import { ownLoad, requestBody } from './own-load.mjs';

/** A closed loop of JSON requests by wrk, or by load.c where wrk is not installed. The same answer as `ownLoad`. */
export async function jsonLoad(bench, target, shape) {
  if (!bench.tools.wrk) return ownLoad(bench, target, shape);
  const { connections, seconds, model } = shape;
  const script = scratch(`requests/${target.port}-${model}.lua`);
  writeFileSync(script, luaScript(target, model));
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, `http://127.0.0.1:${target.port}/v1/chat/completions`];
  const output = await runPinned(bench.cores.others, 'wrk', args);
  const told = JSON.parse(/^RESULT (.*)$/m.exec(output)?.[1] ?? 'null');
  if (!told) throw new Error(`wrk said something unexpected:\n${output}`);
  countAnswers(bench, target, told.requests - told.status);
  return {
    elapsedS: told.elapsed_us / 1e6,
    answered: told.requests - told.status,
    refused: told.status,
    broken: told.connect + told.read + told.write + told.timeout,
    perSecond: (told.requests - told.status) / (told.elapsed_us / 1e6),
    latency: { n: told.requests, p50: told.p50 / 1000, p99: told.p99 / 1000, max: told.max / 1000 },
  };
}

function luaScript({ headers }, model) {
  const lines = Object.entries({ 'content-type': 'application/json', ...headers }).map(([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`);
  return `wrk.method = "POST"
wrk.body = [==[${requestBody(model)}]==]
${lines.join('\n')}
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\\nRESULT {"elapsed_us":%d,"requests":%d,"status":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,"p50":%d,"p99":%d,"max":%d}\\n',
    summary.duration, summary.requests, e.status, e.connect, e.read, e.write, e.timeout, latency:percentile(50), latency:percentile(99), latency.max))
end
`;
}
