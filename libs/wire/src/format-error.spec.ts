import { DomainError } from '@higress/kernel';
import { errorHeaders, formatError } from '../index';

const limited = new DomainError('RATE_LIMIT_RPM', { retryAfterMs: 1_001 });

describe('formatError', () => {
  it('says OpenAI’s code where OpenAI has one, and ours beside it', () => {
    expect(formatError('openai', limited, 't')).toEqual({ error: { message: 'Too many requests per minute.', type: 'rate_limit_error', param: null, code: 'rate_limit_exceeded', gateway_code: 'RATE_LIMIT_RPM', trace_id: 't', source: 'client' } });
    expect(formatError('openai', new DomainError('OVERLOADED'), 't')).toMatchObject({ error: { code: 'OVERLOADED', source: 'gateway' } });
  });

  it('speaks the other dialects', () => {
    expect(formatError('anthropic', limited, 't')).toEqual({ type: 'error', error: { type: 'rate_limit_error', message: limited.message }, request_id: 't' });
    expect(formatError('gemini', limited, 't')).toEqual({ error: { code: 429, message: limited.message, status: 'RESOURCE_EXHAUSTED' } });
    expect(formatError('management', new DomainError('VALIDATION_FAILED', { details: [1] }), 't')).toEqual({ code: 'VALIDATION_FAILED', message: 'The body does not fit the schema.', source: 'client', trace_id: 't', details: [1] });
  });
});

describe('errorHeaders', () => {
  it('rounds the wait up to whole seconds', () => {
    expect(errorHeaders(limited)).toEqual([['retry-after', '2']]);
  });

  it('tells SDKs not to try again where waiting does not help', () => {
    expect(errorHeaders(new DomainError('INSUFFICIENT_BALANCE'))).toEqual([['x-should-retry', 'false']]);
    expect(errorHeaders(new DomainError('RATE_LIMIT_TPM'))).toEqual([['x-should-retry', 'false']]);
    expect(errorHeaders(new DomainError('OVERLOADED', { retryAfterMs: 1 }))).toEqual([['retry-after', '1']]);
  });
});
