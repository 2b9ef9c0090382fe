import { type Channel, uuidv7Time } from '@higress/kernel';
import { rowsOf, type Sql } from '../postgres/sql';
import { Conditions } from './conditions';
import { type Page, type PageRequest, readCursor, toPage } from './page';
import { toUsageRecord, type UsageRecord, type UsageRow } from './usage-record';

export interface UsageFilter {
  /** Null for all tenants. */
  readonly tenantId: string | null;
  readonly requestId?: string;
  readonly keyId?: string;
  readonly channel?: Channel;
  readonly model?: string;
  readonly provider?: string;
  readonly status?: number;
  readonly errorCode?: string;
  /** Rows that have all of these. */
  readonly tags?: Readonly<Record<string, string>>;
  /** From this moment on. */
  readonly from?: Date;
  /** Before this moment. */
  readonly to?: Date;
}

/** What calls came to, newest first by their start. */
export class UsageRecords {
  constructor(private readonly sql: Sql) {}

  /** @throws DomainError INVALID_REQUEST for a cursor that is none */
  async page(filter: UsageFilter, { limit, cursor }: PageRequest): Promise<Page<UsageRecord>> {
    const conditions = new Conditions()
      .add('tenant_id = ?', filter.tenantId)
      .add('started_at = ?', filter.requestId && uuidv7Time(filter.requestId))
      .add('id = ?', filter.requestId)
      .add('key_id = ?', filter.keyId)
      .add('channel = ?', filter.channel)
      .add('model = ?', filter.model)
      .add('provider = ?', filter.provider)
      .add('status = ?', filter.status)
      .add('error_code = ?', filter.errorCode)
      .add('tags @> ?', filter.tags && JSON.stringify(filter.tags))
      .add('started_at >= ?', filter.from)
      .add('started_at < ?', filter.to)
      .add('(started_at, id) < (uuidv7_time(?), ?)', cursor === null ? null : readCursor(cursor));
    const rows = await rowsOf<UsageRow>(
      this.sql,
      `select id, started_at, channel, tenant_id, key_id, model, provider, upstream_model, dialect, stream, status, error_code, attempts, input_tokens, cached_input_tokens,
         cache_write_tokens, output_tokens, reasoning_tokens, estimated, clamped, cost_nano, charged_nano, uncollected_nano, ttft_ms, duration_ms, overhead_ms, client_request_id, tags
       from usage_records ${conditions.where} order by started_at desc, id desc limit ${limit + 1}`,
      conditions.values,
    );
    return toPage(rows.map(toUsageRecord), limit);
  }
}
