import type { DataSource, EntityManager } from 'typeorm';
import { appendAudit, type AuditEntry } from '../append-audit';
import { hideSecrets } from './hide-secrets';
import type { Requester } from './requester';

export interface DeskOptions {
  readonly dataSource: DataSource;
  /** Tells every process, after the commit or one whose outcome is unknown, what it must forget. Never rejects. */
  readonly announce: (topic: string, payload: object) => Promise<void>;
}

/** What happened to whom, for the audit. Who did it is the requester. */
export type AuditNote = Omit<AuditEntry, 'actor'>;

export interface Changed<T> {
  readonly value: T;
  /** Null only where nothing was changed. Fields named like secrets are hidden, but do not rely on it. */
  readonly audit: AuditNote | readonly AuditNote[] | null;
  /** What other processes must hear of once it is, or may be, committed. */
  readonly announce?: readonly (readonly [topic: string, payload: object])[];
}

const ROLE = 'ai_gateway_desk';

/**
 * The one way in which people and automation read and change what is managed. Everything happens in a transaction that row-level security binds to the
 * requester's rows, whatever its queries ask for; and a change is written into the audit within it, so that both happen or neither.
 */
export class Desk {
  constructor(private readonly options: DeskOptions) {}

  /** Reads what the requester may see; a write in it fails. */
  read<T>(who: Requester, work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return this.#as(who, true, work);
  }

  /** Changes what the requester may change. What `work` throws takes everything back. */
  async change<T>(who: Requester, work: (tx: EntityManager) => Promise<Changed<T>>): Promise<T> {
    let news: NonNullable<Changed<T>['announce']> = [];
    try {
      return await this.#as(who, false, async (tx) => {
        const { value, audit, announce = [] } = await work(tx);
        for (const note of [audit ?? []].flat()) await appendAudit(tx, { ...note, actor: who.actor, before: hideSecrets(note.before), after: hideSecrets(note.after) });
        news = announce;
        return value;
      });
    } finally {
      // Also where the answer to the commit was lost, since it may have happened: to forget what did not change costs one query.
      for (const [topic, payload] of news) await this.options.announce(topic, payload);
    }
  }

  /** @throws Error with the remedy when the login of the database cannot work at a desk */
  async check(): Promise<void> {
    const [login] = await this.options.dataSource.query<{ name: string; may: boolean; bound: boolean }[]>(
      `select current_user as name, pg_has_role(current_user, $1, 'MEMBER') as may, row_security_active('tenants') as bound`,
      [ROLE],
    );
    if (!login?.may) throw new Error(`the login ${login?.name} of DATABASE_URL may not act as ${ROLE}: as a superuser, run: grant ${ROLE} to "${login?.name}"`);
    if (login.bound) throw new Error(`the login ${login.name} of DATABASE_URL does not own the tables, so that row-level security hides them from it: let the login that migrates run the services too`);
  }

  #as<T>(who: Requester, readOnly: boolean, work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return this.options.dataSource.transaction(async (tx) => {
      await tx.query(`select set_config('transaction_read_only', $1, true), set_config('role', $2, true), set_config('app.tenant_id', $3, true), set_config('app.owner_id', $4, true)`, [
        readOnly ? 'on' : 'off', ROLE, who.tenantId ?? '*', who.ownerId ?? '',
      ]);
      return work(tx);
    });
  }
}
