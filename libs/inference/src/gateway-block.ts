import type { Deployment } from '@higress/kernel';
import type { CallTrace } from './call-trace';

/** What the internal channel is told about how its answer came to be. */
export function gatewayBlock(trace: CallTrace, candidates: readonly Deployment[]): Record<string, unknown> {
  return {
    request_id: trace.call.requestId,
    candidates: candidates.map(({ id, provider, upstreamModel, priority, weight }) => ({ deployment: id, provider: provider.name, upstream_model: upstreamModel, priority, weight })),
    attempts: trace.attempts.map(({ deploymentId, provider, upstreamModel, outcome, durationMs }) => ({ deployment: deploymentId, provider, upstream_model: upstreamModel, outcome, duration_ms: round(durationMs) })),
    timings: { ttft_ms: trace.ttftMs === null ? null : round(trace.ttftMs), duration_ms: round(trace.elapsedMs()), overhead_ms: round(trace.overheadMs()) },
  };
}

/** The answer with the block as its last member. `body` is a JSON object that was parsed before. */
export function withGatewayBlock(body: Buffer, block: Record<string, unknown>): Buffer {
  const brace = body.lastIndexOf('}');
  const empty = body.subarray(0, brace).toString('latin1').trim() === '{';
  return Buffer.concat([body.subarray(0, brace), Buffer.from(`${empty ? '' : ','}"gateway":${JSON.stringify(block)}}`)]);
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
