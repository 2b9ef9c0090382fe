import type { ApiError, Operations } from './operations.generated';

export interface ClientOptions {
  /** With the management prefix: `https://gateway.example/api/v1`. */
  readonly url: string;
  /** An access token of `POST /auth/login`; calls that need none go without. */
  readonly token?: string;
}

/** What the gateway refused, as it said it. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  constructor(
    readonly status: number,
    /** Null where the answer was none of the gateway's. */
    readonly error: ApiError | null,
  ) {
    super(error ? `${error.code}: ${error.message}` : `status ${status}`);
  }
}

export type Operation = keyof Operations;
export type Answer<O extends Operation> = Operations[O]['answer'];
export type Input<O extends Operation> = Omit<Operations[O], 'answer'>;
/** Left out where an operation asks for nothing. */
type Inputs<O extends Operation> = Record<never, never> extends Input<O> ? [input?: Input<O>] : [input: Input<O>];

/** What any input may hold. */
interface AnyInput {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls the management API. Operations, inputs and answers are typed by what the gateway itself says of them. */
export class ManagementClient {
  constructor(private readonly options: ClientOptions) {}

  /** @throws RefusedError for any status of 400 or more */
  async call<O extends Operation>(operation: O, ...[input]: Inputs<O>): Promise<Answer<O>> {
    const { path = {}, query = {}, body, idempotencyKey, headers } = (input ?? {}) as AnyInput;
    const [method, template] = operation.split(' ') as [string, string];
    const url = new URL(this.options.url + template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? '')));
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
    const answer = await fetch(url, {
      method,
      headers: {
        ...(this.options.token !== undefined && { authorization: `Bearer ${this.options.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const value = await valueOf(answer);
    if (answer.ok) return value as Answer<O>;
    throw new RefusedError(answer.status, isError(value) ? value : null);
  }
}

async function valueOf(answer: Response): Promise<unknown> {
  const text = await answer.text();
  if (text === '') return undefined;
  return answer.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text;
}

function isError(value: unknown): value is ApiError {
  return typeof value === 'object' && value !== null && 'code' in value && 'trace_id' in value;
}
