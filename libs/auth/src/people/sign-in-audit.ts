import type { Desk } from '@higress/database';
import type { Visitor } from './rotate-session';
import { userAgentOf } from './rotate-session';

/** On accounts that do not exist, a minute and process: anybody can invent any number of them, and the audit is for ever. */
const MAX_UNKNOWN_A_MINUTE = 30;
const MINUTE_MS = 60_000;

/** Writes refused sign-ins into the audit. Nobody waits for it: the time of an answer must not tell whether the account exists. */
export class SignInAudit {
  #minute = 0;
  #written = 0;
  #unwritten = 0;

  constructor(
    private readonly desk: Desk,
    private readonly onFault: (error: unknown) => void = () => undefined,
  ) {}

  /** @param account null where there is none: what was typed instead may be a password, and is not kept */
  refused(visitor: Visitor, account: { readonly id: string; readonly tenant_id: string } | undefined, reason: string): void {
    const after = account ? { reason } : this.#aboutNobody();
    if (!after) return;
    const tenantId = account?.tenant_id ?? null;
    const actor = { kind: 'user', id: null, ip: visitor.ip, requestId: visitor.requestId ?? null } as const;
    const audit = { tenantId, action: 'session.refused', subjectType: 'user', subjectId: account?.id ?? null, after: { ...after, user_agent: userAgentOf(visitor) } };
    this.desk.change({ actor, tenantId, ownerId: null }, async () => ({ value: undefined, audit })).catch(this.onFault);
  }

  #aboutNobody(): object | null {
    const minute = Math.floor(performance.now() / MINUTE_MS);
    if (minute !== this.#minute) [this.#minute, this.#written] = [minute, 0];
    if (this.#written >= MAX_UNKNOWN_A_MINUTE) {
      this.#unwritten += 1;
      return null;
    }
    this.#written += 1;
    const unwritten = this.#unwritten;
    this.#unwritten = 0;
    return { reason: 'there is no such account', ...(unwritten > 0 && { more_of_these_before: unwritten }) };
  }
}
