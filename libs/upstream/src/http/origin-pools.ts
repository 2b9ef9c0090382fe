import { DomainError } from '@higress/kernel';
import { Pool } from 'undici';
import { checkedConnector, type Resolve } from '../egress/checked-connector';
import type { EgressRules } from '../egress/egress-rules';

export interface PoolSettings {
  readonly egress: EgressRules;
  readonly resolve?: Resolve;
  /** How long an idle connection is kept for the next call, unless the provider hints at less. Default 4 s: many servers close after 5. */
  readonly keepAliveMs?: number;
  /** Connections to one origin at the same time. Default 1024, more than a process runs calls. */
  readonly socketsPerOrigin?: number;
}

export interface Origin {
  readonly pool: Pool;
  readonly origin: string;
  /** The path of the base URL, without a trailing slash. */
  readonly prefix: string;
}

const MAX_ORIGINS = 256;

/** Connections, kept by base URL and connect timeout. The least recently added of too many is closed once its calls are done. */
export class OriginPools {
  private readonly origins = new Map<string, Origin>();
  private isClosed = false;

  constructor(private readonly settings: PoolSettings) {}

  /** @throws EgressRefused where the base URL may not be called, DomainError NOT_READY after {@link close} */
  of(baseUrl: string, connectMs: number): Origin {
    const key = `${connectMs} ${baseUrl}`;
    return this.origins.get(key) ?? this.open(key, baseUrl, connectMs);
  }

  /** Resolves when the calls in flight are done and every connection is closed. */
  async close(): Promise<void> {
    this.isClosed = true;
    const open = [...this.origins.values()];
    this.origins.clear();
    await Promise.all(open.map(({ pool }) => pool.close()));
  }

  private open(key: string, baseUrl: string, connectMs: number): Origin {
    const { egress, resolve, keepAliveMs = 4_000, socketsPerOrigin = 1024 } = this.settings;
    if (this.isClosed) throw new DomainError('NOT_READY', { message: 'The gateway is stopping.' });
    egress.check(baseUrl);
    const url = new URL(baseUrl);
    const pool = new Pool(url.origin, {
      connections: socketsPerOrigin,
      pipelining: 1,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: 600_000,
      // Our own clocks are finer, and know about the reader.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: checkedConnector(egress, connectMs, resolve),
    });
    const origin = { pool, origin: url.origin, prefix: url.pathname.replace(/\/+$/, '') };
    this.origins.set(key, origin);
    this.closeOldest();
    return origin;
  }

  private closeOldest(): void {
    if (this.origins.size <= MAX_ORIGINS) return;
    const [oldest] = this.origins;
    if (!oldest) return;
    this.origins.delete(oldest[0]);
    oldest[1].pool.close(() => undefined);
  }
}
