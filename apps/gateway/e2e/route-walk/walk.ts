import { randomUUID } from 'node:crypto';
import { type Permission, reachOf, type Role, ROLES } from '@higress/auth';
import type { ManagementRoute } from '../../src/management/access/management-routes';
import { BODIES } from './bodies';
import { type Ids, type Landscape, PASSWORD } from './landscape';

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly code: string | undefined;
}

export interface Walk {
  /** With the management prefix. */
  readonly url: string;
  readonly routes: readonly ManagementRoute[];
  readonly land: Landscape;
}

/** Goes every route as every role and as nobody, with its own ids and with those of others. Returns what it found wrong, a line each. */
export async function walk({ url, routes, land }: Walk): Promise<string[]> {
  const findings: string[] = [];
  const before = await land.fingerprint();
  const tokens = Object.fromEntries(await Promise.all(ROLES.map(async (role) => [role, await signIn(url, land.emails[role])] as const))) as Record<Role, string>;

  for (const route of [...routes].sort((a, b) => Number(endsSessions(a)) - Number(endsSessions(b)))) {
    const name = `${route.method} ${route.path}`;
    const ask = async (token: string | null, ids: Ids, { query = '', body = BODIES[name]?.({ tenantId: land.tenantId }) }: { query?: string; body?: object } = {}) =>
      call(url, route.method, pathOf(route.path, ids) + query, token, body);
    const expect = (isRight: boolean, about: string, answer: Answer) => isRight || findings.push(`${name} ${about}: ${answer.status} ${answer.text.slice(0, 200)}`);

    if (route.need === 'anyone') continue;
    for (const [who, token] of [['nobody', null], ['somebody with a made-up token', 'eyJhbGciOiJub25lIn0.e30.']] as const) {
      const answer = await ask(token, land.ours);
      expect(answer.status === 401, `lets ${who} in`, answer);
    }
    for (const role of ROLES) {
      const reach = route.need === 'signed-in' ? 'own' : reachOf([role], route.need as Permission);
      const token = endsSessions(route) ? await signIn(url, land.emails[role]) : tokens[role];
      if (reach === null) {
        const answer = await ask(token, land.ours);
        expect(answer.status === 403 && answer.code === 'FORBIDDEN', `lets ${role} in`, answer);
        continue;
      }
      const missing = await ask(token, made(), { body: route.path.includes(':') ? undefined : {} });
      expect(missing.status !== 401 && missing.status !== 403, `keeps ${role} out`, missing);
      if (reach === 'all') continue;
      if (route.path.includes(':')) {
        for (const [whose, ids] of [['another tenant', land.foreign], ...(reach === 'own' ? [['somebody else', land.ours] as const] : [])] as const) {
          const answer = await ask(token, ids);
          expect(answer.status === 404, `tells ${role} of what belongs to ${whose}, or is in want of a line in BODIES`, answer);
          expect(bare(answer) === bare(missing), `answers ${role} otherwise for what belongs to ${whose} than for what does not exist (${missing.text.slice(0, 200)})`, answer);
        }
      } else if (route.method === 'GET') {
        for (const query of ['', '?limit=1000', '?format=csv']) {
          const answer = await ask(token, {}, { query });
          expect(!Object.values(land.foreign).some((id) => answer.text.includes(id)), `shows ${role} what belongs to another tenant`, answer);
          if (reach === 'own') expect(![land.ours['keys'], land.ours['sessions']].some((id) => answer.text.includes(id as string)), `shows ${role} what belongs to somebody else`, answer);
        }
        if (route.need === 'signed-in') continue;
        const [theirs, nobodys] = [await ask(token, {}, { query: `?tenant_id=${land.foreignTenantId}` }), await ask(token, {}, { query: `?tenant_id=${randomUUID()}` })];
        expect((theirs.status === 404 || theirs.status === 422) && bare(theirs) === bare(nobodys), `answers ${role} for another tenant`, theirs);
      } else if (BODIES[name]) {
        const [theirs, nobodys] = await Promise.all([land.foreignTenantId, randomUUID()].map((tenantId) => ask(token, {}, { body: BODIES[name]?.({ tenantId }) })));
        if (theirs && nobodys) expect(theirs.status === 404 && bare(theirs) === bare(nobodys), `lets ${role} put something into another tenant`, theirs);
      }
    }
  }
  if ((await land.fingerprint()) !== before) findings.push('something of the other tenant has changed');
  return findings;
}

/** Some of these end the session that asks, or all others: they come last, each with one of its own. */
const endsSessions = ({ need, method }: ManagementRoute) => need === 'signed-in' && method !== 'GET';

/** A UUID for whatever a path asks for. */
const made = (): Ids => new Proxy({}, { get: () => randomUUID() });

function pathOf(path: string, ids: Ids): string {
  const parts = path.split('/');
  return parts.map((part, at) => (part.startsWith(':') ? (ids[parts[at - 1] as string] ?? randomUUID()) : part)).join('/');
}

/** What two answers must share in order not to tell anything. */
function bare({ status, text }: Answer): string {
  return `${status} ${text.replace(/"trace_id":"[^"]*"/, '')}`;
}

async function signIn(url: string, email: string): Promise<string> {
  const { text } = await call(url, 'POST', '/auth/login', null, { email, password: PASSWORD });
  return (JSON.parse(text) as { access_token: string }).access_token;
}

async function call(url: string, method: string, path: string, token: string | null, body: object | undefined): Promise<Answer> {
  const isRead = method === 'GET' || method === 'DELETE';
  const headers = { ...(token !== null && { authorization: `Bearer ${token}` }), ...(!isRead && { 'content-type': 'application/json', 'idempotency-key': randomUUID() }) };
  const response = await fetch(url + path, { method, headers, ...(!isRead && { body: JSON.stringify(body ?? {}) }) });
  const text = await response.text();
  return { status: response.status, text, code: /"code":"([A-Z_]+)"/.exec(text)?.[1] };
}
