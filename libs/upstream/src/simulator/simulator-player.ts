import { uuidv7, type Endpoint } from '@higress/kernel';
import { readSimulatedBody, simulate } from '@higress/providers';
import type { UpstreamAnswer, UpstreamCall } from '../answer/upstream-call';
import { Playback } from './playback';

function contentTypeOf(headers: readonly string[]): string {
  return headers[headers.indexOf('content-type') + 1] ?? '';
}

/** Answers calls in this process: no socket, the same time limits, sizes and cancellation as for any provider. */
export class SimulatorPlayer {
  private calls = 0;

  call(call: UpstreamCall): Promise<UpstreamAnswer> {
    const simulated = simulate({
      endpoint: call.path.slice(1) as Endpoint,
      model: call.deployment.upstreamModel,
      body: readSimulatedBody(call.body, contentTypeOf(call.headers)),
      id: uuidv7().replaceAll('-', '').slice(8),
      createdUnix: Math.floor(Date.now() / 1000),
      seed: this.calls++,
    });
    return new Playback(call, simulated).started;
  }
}
