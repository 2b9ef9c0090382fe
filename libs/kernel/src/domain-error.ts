import { ERROR_TABLE, type ErrorCode } from './error-table';

/** Whose fault it is: ours, the provider's, or the caller's. */
export type ErrorSource = 'gateway' | 'upstream' | 'client';

export interface DomainErrorDetails {
  /** Shown to the caller instead of the table's text. Never holds a secret, a hostname of ours or SQL. */
  readonly message?: string;
  readonly source?: ErrorSource;
  /** The field at fault, as the caller spelled it. */
  readonly param?: string;
  /** How long to wait before the same call may succeed, in milliseconds. */
  readonly retryAfterMs?: number;
  /** The status that the provider answered with. */
  readonly upstreamStatus?: number;
  /** A provider's own code for a mistake of the caller, passed on (`context_length_exceeded`). */
  readonly upstreamCode?: string;
  /** A provider's own 4xx about the request keeps its status. */
  readonly http?: number;
  /** Machine-readable particulars, one per fault (management API). */
  readonly details?: unknown;
  readonly cause?: unknown;
}

/** The one error that the domain throws. A dialect only formats it. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly http: number;
  readonly source: ErrorSource;
  readonly param?: string;
  readonly retryAfterMs?: number;
  readonly upstreamStatus?: number;
  readonly upstreamCode?: string;
  readonly details?: unknown;

  constructor(
    readonly code: ErrorCode,
    about: DomainErrorDetails = {},
  ) {
    super(about.message ?? ERROR_TABLE[code].text, about.cause === undefined ? undefined : { cause: about.cause });
    this.http = about.http ?? ERROR_TABLE[code].http;
    this.source = about.source ?? (code.startsWith('UPSTREAM_') ? 'upstream' : this.http < 500 ? 'client' : 'gateway');
    this.param = about.param;
    this.retryAfterMs = about.retryAfterMs;
    this.upstreamStatus = about.upstreamStatus;
    this.upstreamCode = about.upstreamCode;
    this.details = about.details;
  }
}
