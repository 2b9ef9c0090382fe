interface ErrorRow {
  readonly http: number;
  /** `error.type` in OpenAI's dialect. */
  readonly openai: string;
  /** `error.code` in OpenAI's dialect, where OpenAI has the same error; ours then goes to `gateway_code`. */
  readonly openaiCode?: string;
  /** `error.type` in Anthropic's dialect. */
  readonly anthropic: string;
  /** `error.status` in Gemini's dialect. */
  readonly gemini: string;
  /** Whether the same call may succeed later without anybody changing anything; false sends `x-should-retry: false`. */
  readonly retryable: boolean;
  readonly text: string;
}

const invalid = { openai: 'invalid_request_error', anthropic: 'invalid_request_error', gemini: 'INVALID_ARGUMENT', retryable: false } as const;
const unauthenticated = { http: 401, openai: 'authentication_error', anthropic: 'authentication_error', gemini: 'UNAUTHENTICATED', retryable: false } as const;
const denied = { http: 403, openai: 'permission_error', anthropic: 'permission_error', gemini: 'PERMISSION_DENIED', retryable: false } as const;
const exhausted = { openai: 'insufficient_quota', openaiCode: 'insufficient_quota', gemini: 'RESOURCE_EXHAUSTED', retryable: false } as const;
const limited = { http: 429, openai: 'rate_limit_error', openaiCode: 'rate_limit_exceeded', anthropic: 'rate_limit_error', gemini: 'RESOURCE_EXHAUSTED', retryable: true } as const;
const upstream = { http: 502, openai: 'upstream_error', anthropic: 'api_error', gemini: 'UNAVAILABLE', retryable: true } as const;
const unavailable = { http: 503, openai: 'service_unavailable_error', anthropic: 'overloaded_error', gemini: 'UNAVAILABLE', retryable: true } as const;

/** One row per way to say no. The filter, the metrics and the docs read only this table. */
export const ERROR_TABLE = {
  INVALID_REQUEST: { ...invalid, http: 400, text: 'The request is not valid.' },
  INVALID_JSON: { ...invalid, http: 400, text: 'The body is not valid JSON.' },
  UNSUPPORTED_PARAMETER: { ...invalid, http: 400, openaiCode: 'unsupported_parameter', text: 'A parameter is not supported here.' },
  PREVIOUS_RESPONSE_NOT_FOUND: { ...invalid, http: 400, openaiCode: 'previous_response_not_found', text: 'The response that is to be continued does not exist, or is not kept any more.' },
  INVALID_API_KEY: { ...unauthenticated, openaiCode: 'invalid_api_key', text: 'The API key is missing or not known. Send it as `Authorization: Bearer sk-…`.' },
  API_KEY_EXPIRED: { ...unauthenticated, openaiCode: 'invalid_api_key', text: 'The API key has expired.' },
  API_KEY_REVOKED: { ...unauthenticated, openaiCode: 'invalid_api_key', text: 'The API key was revoked.' },
  INVALID_TOKEN: { ...unauthenticated, text: 'The access token is missing or not valid.' },
  TOKEN_EXPIRED: { ...unauthenticated, text: 'The access token has expired. Refresh it.' },
  INVALID_SIGNATURE: { ...unauthenticated, text: 'The signature does not match the request.' },
  NONCE_REUSED: { ...unauthenticated, text: 'The nonce was used before.' },
  TIMESTAMP_EXPIRED: { ...unauthenticated, text: 'The timestamp is more than 300 seconds off.' },
  INSUFFICIENT_BALANCE: { ...exhausted, http: 402, anthropic: 'billing_error', text: 'The balance does not cover this call. Add credit.' },
  SCOPE_DENIED: { ...denied, text: 'The API key may not do this.' },
  IP_NOT_ALLOWED: { ...denied, text: 'The API key may not be used from this address.' },
  FORBIDDEN: { ...denied, text: 'You may not do this.' },
  BUDGET_EXCEEDED: { ...exhausted, http: 403, anthropic: 'billing_error', text: 'The budget for this period is used up.' },
  QUOTA_DAILY_EXCEEDED: { ...exhausted, http: 403, anthropic: 'billing_error', text: 'The quota for today is used up.' },
  QUOTA_MONTHLY_EXCEEDED: { ...exhausted, http: 403, anthropic: 'billing_error', text: 'The quota for this month is used up.' },
  MODEL_NOT_FOUND: { ...invalid, http: 404, openaiCode: 'model_not_found', anthropic: 'not_found_error', gemini: 'NOT_FOUND', text: 'The model does not exist, or this key may not use it.' },
  NOT_FOUND: { ...invalid, http: 404, anthropic: 'not_found_error', gemini: 'NOT_FOUND', text: 'There is nothing at this path.' },
  METHOD_NOT_ALLOWED: { ...invalid, http: 405, gemini: 'UNIMPLEMENTED', text: 'This path does not take that method.' },
  REQUEST_TIMEOUT: { ...invalid, http: 408, gemini: 'DEADLINE_EXCEEDED', retryable: true, text: 'The request did not arrive in time.' },
  IDEMPOTENCY_CONFLICT: { ...invalid, http: 409, gemini: 'ABORTED', text: 'The idempotency key is in use, or was used with another body.' },
  CONFLICT: { ...invalid, http: 409, gemini: 'ABORTED', text: 'It conflicts with what is there.' },
  PRECONDITION_FAILED: { ...invalid, http: 412, gemini: 'FAILED_PRECONDITION', text: 'It was changed since you read it.' },
  REQUEST_TOO_LARGE: { ...invalid, http: 413, anthropic: 'request_too_large', text: 'The request is too large.' },
  UNSUPPORTED_MEDIA_TYPE: { ...invalid, http: 415, text: 'Send application/json, uncompressed.' },
  VALIDATION_FAILED: { ...invalid, http: 422, text: 'The body does not fit the schema.' },
  RATE_LIMIT_RPM: { ...limited, text: 'Too many requests per minute.' },
  RATE_LIMIT_TPM: { ...limited, text: 'Too many tokens per minute.' },
  RATE_LIMIT_RPD: { ...limited, text: 'Too many requests per day.' },
  RATE_LIMIT_TPD: { ...limited, text: 'Too many tokens per day.' },
  RATE_LIMIT_CONCURRENT: { ...limited, text: 'Too many requests at the same time.' },
  RATE_LIMIT_BURST: { ...limited, text: 'Too many requests per second.' },
  UPSTREAM_RATE_LIMITED: { ...limited, text: 'The provider refuses more calls for now.' },
  INTERNAL_ERROR: { http: 500, openai: 'server_error', anthropic: 'api_error', gemini: 'INTERNAL', retryable: true, text: 'Something went wrong here. The trace id leads to it in our log.' },
  UPSTREAM_ERROR: { ...upstream, text: 'The provider failed.' },
  UPSTREAM_RESPONSE_TOO_LARGE: { ...upstream, retryable: false, text: 'The answer of the provider is larger than MAX_RESPONSE_BYTES allows, or its stream than MAX_STREAM_BYTES.' },
  UPSTREAM_INVALID_RESPONSE: { ...upstream, text: 'The provider gave an answer that cannot be read.' },
  OVERLOADED: { ...unavailable, text: 'The gateway is at its limit of concurrent requests.' },
  CIRCUIT_OPEN: { ...unavailable, text: 'The provider failed too often and is not called for now.' },
  NO_AVAILABLE_UPSTREAM: { ...unavailable, text: 'No provider can serve this model now.' },
  BILLING_UNAVAILABLE: { ...unavailable, text: 'The balance cannot be checked now.' },
  MODEL_NOT_PRICED: { ...unavailable, retryable: false, text: 'The model has no price yet. Its operator must set one.' },
  NOT_READY: { ...unavailable, text: 'The gateway is starting, or a part that it needs is away.' },
  UPSTREAM_TIMEOUT: { http: 504, openai: 'timeout_error', anthropic: 'api_error', gemini: 'DEADLINE_EXCEEDED', retryable: true, text: 'The provider did not answer in time.' },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERROR_TABLE;

/** The row of a code, widened so that the optional columns can be read. */
export function errorRow(code: ErrorCode): ErrorRow {
  return ERROR_TABLE[code];
}
