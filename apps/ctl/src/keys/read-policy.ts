import { keyPolicySchema, type KeyPolicy } from '@higress/kernel';
import type { OptionLine } from '../command';
import { UsageError } from '../usage-error';

const line = (value: string, doc: string) => ({ type: 'string', value, doc }) as const satisfies OptionLine;
const LIMITS = { rpm: 'Requests per minute.', tpm: 'Tokens per minute.', rpd: 'Requests per UTC day.', tpd: 'Tokens per UTC day.', concurrent: 'Requests at the same time.', burst: 'Requests per second.' } as const;

/** What a key may do, one option per part. Left out: everything, within the default limits. */
export const POLICY_OPTIONS = {
  models: line('globs', 'Models that it may call, such as "gpt-*,claude-*".'),
  endpoints: line('list', 'Endpoints that it may call, such as "chat/completions,embeddings".'),
  'allowed-ips': line('CIDRs', 'Addresses that it may be used from.'),
  'expires-at': line('time', 'When it ends, such as 2027-01-31T00:00:00Z.'),
  rpm: line('n', LIMITS.rpm),
  tpm: line('n', LIMITS.tpm),
  rpd: line('n', LIMITS.rpd),
  tpd: line('n', LIMITS.tpd),
  concurrent: line('n', LIMITS.concurrent),
  burst: line('n', LIMITS.burst),
  unlimited: { type: 'boolean', doc: 'No limit holds for it, not even the defaults.' },
  signing: { type: 'boolean', doc: 'It demands signed requests, and gets a signing secret.' },
  cache: { type: 'boolean', doc: 'Its calls are answered out of the response cache without asking for it.' },
  tags: line('list', 'Labels for its usage, such as "team=search,env=prod".'),
} as const satisfies Record<string, OptionLine>;

type PolicyOptions = { readonly [N in keyof typeof POLICY_OPTIONS]: (typeof POLICY_OPTIONS)[N]['type'] extends 'boolean' ? boolean : string | undefined };

/** @throws UsageError that names every option that does not fit */
export function readPolicy(options: PolicyOptions): KeyPolicy {
  const limits = Object.fromEntries((Object.keys(LIMITS) as (keyof typeof LIMITS)[]).map((limit) => [limit, options[limit] === undefined ? null : Number(options[limit])]));
  const read = keyPolicySchema.safeParse({
    models: list(options.models),
    endpoints: list(options.endpoints),
    allowed_ips: list(options['allowed-ips']),
    expires_at: options['expires-at'] ?? null,
    limits: { ...limits, unlimited: options.unlimited },
    signing: options.signing ? 'required' : 'off',
    cache: options.cache ? 'on' : 'off',
    tags: Object.fromEntries((list(options.tags) ?? []).map(pair)),
  });
  if (read.success) return read.data;
  throw new UsageError(read.error.issues.map(({ path, message }) => `--${optionOf(path)}: ${message}`).join('; '), 'keys create');
}

function list(text: string | undefined): string[] | null {
  return text === undefined ? null : text.split(',').map((item) => item.trim()).filter(Boolean);
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--tags: “${text}” is not name=value`, 'keys create');
  return [text.slice(0, at), text.slice(at + 1)];
}

/** `limits.rpm` is `--rpm`, `allowed_ips[0]` is `--allowed-ips`. */
function optionOf([first, second]: readonly PropertyKey[]): string {
  return String(first === 'limits' && second !== undefined ? second : first).replaceAll('_', '-');
}
