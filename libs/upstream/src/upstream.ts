import type { Provider } from '@higress/kernel';
import type { UpstreamAnswer, UpstreamCall } from './answer/upstream-call';
import { EgressRefused } from './egress/egress-rules';
import { connectionFault } from './http/connection-fault';
import { HttpExchange } from './http/http-exchange';
import { OriginPools, type Origin, type PoolSettings } from './http/origin-pools';
import { SimulatorPlayer } from './simulator/simulator-player';

export interface UpstreamOptions extends PoolSettings {
  /** Told of every call that the egress rules stopped before a socket was opened; for the log, never for the caller. */
  readonly onEgressRefused?: (providerName: string, refusal: EgressRefused) => void;
}

/** Calls providers: over HTTP, or in process where the provider is the simulator. */
export class Upstream {
  private readonly pools: OriginPools;
  private readonly player = new SimulatorPlayer();

  constructor(private readonly options: UpstreamOptions) {
    this.pools = new OriginPools(options);
  }

  /**
   * Resolves with the answer as soon as its headers are there, whatever its status; redirects are answers like any other.
   * Rejects with UPSTREAM_ERROR (no connection, broken before the headers), UPSTREAM_TIMEOUT, UPSTREAM_INVALID_RESPONSE (not HTTP,
   * or encoded), UPSTREAM_RESPONSE_TOO_LARGE, NO_AVAILABLE_UPSTREAM (the egress rules), or the signal's reason.
   */
  call(call: UpstreamCall): Promise<UpstreamAnswer> {
    return call.deployment.provider.dialect === 'simulator' ? this.player.call(call) : this.overHttp(call);
  }

  /** Resolves when the calls in flight are done; cancel them first where that takes too long. */
  close(): Promise<void> {
    return this.pools.close();
  }

  private overHttp(call: UpstreamCall): Promise<UpstreamAnswer> {
    const { provider } = call.deployment;
    let origin: Origin;
    try {
      origin = this.pools.of(provider.baseUrl, call.connectMs);
    } catch (error) {
      return Promise.reject(this.explained(provider, error));
    }
    const exchange = new HttpExchange(call, (error) => this.explained(provider, error));
    if (exchange.isOver) return exchange.started;
    const { method = 'POST', headers, body } = call;
    origin.pool.dispatch({ origin: origin.origin, path: origin.prefix + call.path, method, headers, body }, exchange);
    if (!exchange.isSent) exchange.awaitSocket();
    return exchange.started;
  }

  private explained(provider: Provider, error: unknown): Error {
    if (error instanceof EgressRefused) this.options.onEgressRefused?.(provider.name, error);
    return connectionFault(error);
  }
}
