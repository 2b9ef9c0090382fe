import type { Service } from '@higress/testing';

export interface OwnerAnswer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
  /** The body as it came. */
  readonly text: string;
}

export interface OwnerCall {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** The gateway that is asked; the one that was logged in to unless told. */
  readonly at?: Service;
}

/** The management API as the owner calls it; paths are under `/api/v1/`. */
export type Owner = <T = Record<string, unknown>>(method: string, path: string, call?: OwnerCall) => Promise<OwnerAnswer<T>>;

/** Logs in as the owner that every gateway of a test has. */
export async function asOwner(gateway: Service): Promise<Owner> {
  const login = { email: gateway.env['BOOTSTRAP_ADMIN_EMAIL'], password: gateway.env['BOOTSTRAP_ADMIN_PASSWORD'] };
  const call = async <T>(method: string, path: string, { body, headers = {}, at = gateway }: OwnerCall, token?: string): Promise<OwnerAnswer<T>> => {
    const sent = body === undefined ? {} : typeof body === 'string' ? { body } : { body: JSON.stringify(body), type: 'application/json' };
    const response = await fetch(`${at.url}/api/v1/${path}`, {
      method,
      headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...('type' in sent && { 'content-type': sent.type }), ...headers },
      ...('body' in sent && { body: sent.body }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: (text === '' ? {} : JSON.parse(text)) as T };
  };
  const { body } = await call<{ access_token: string }>('POST', 'auth/login', { body: login });
  return (method, path, about = {}) => call(method, path, about, body.access_token);
}
