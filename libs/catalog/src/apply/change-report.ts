import { appendAudit, type Actor } from '@higress/database';
import type { EntityManager } from 'typeorm';
import type { FileFault } from '../gateway-file/gateway-file-error';

/** A key that the file named without a value: its value exists only here, to be shown once. */
export interface MadeKey {
  readonly tenant: string;
  readonly name: string;
  readonly value: string;
}

/** What applying the file changed, each as `provider openai`. Empty lists: everything was as the file says. */
export interface ApplyReport {
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly disabled: readonly string[];
  readonly keysMade: readonly MadeKey[];
  /** Keys that the file names and that stay revoked, because a person revoked them. */
  readonly leftRevoked: readonly string[];
}

type Verb = 'created' | 'updated' | 'disabled';
type News = readonly [topic: 'catalog-changed' | 'key-changed', payload: Readonly<Record<string, string>>];

export interface Change {
  readonly verb: Verb;
  /** Such as `provider`. */
  readonly kind: string;
  readonly id: string;
  /** Names it for people. */
  readonly title: string;
  /** Null for what belongs to the whole installation. */
  readonly tenantId: string | null;
  readonly before?: object;
  readonly after?: object;
}

const BY_FILE: Actor = { kind: 'file', id: null };

/** Gathers, while a file is applied, what changed, who must hear of it and what cannot be done. */
export class ChangeReport implements ApplyReport {
  readonly created: string[] = [];
  readonly updated: string[] = [];
  readonly disabled: string[] = [];
  readonly keysMade: MadeKey[] = [];
  readonly leftRevoked: string[] = [];
  readonly faults: FileFault[] = [];
  readonly news: News[] = [];
  readonly #changes: Change[] = [];

  add(change: Change): void {
    this.#changes.push(change);
    const list = this[change.verb];
    const line = `${change.kind} ${change.title}`;
    if (!list.includes(line)) list.push(line);
  }

  /** What other processes must drop from their memory, for after the commit. */
  newsForOthers(): News[] {
    const news: News[] = this.#changes.flatMap(({ kind, id }): News[] => {
      if (kind === 'tenant') return [['key-changed', { tenantId: id }]];
      return kind === 'key' ? [['key-changed', { keyId: id }]] : [];
    });
    const catalog: News[] = this.#changes.some(({ tenantId }) => tenantId === null) ? [['catalog-changed', {}]] : [];
    return [...catalog, ...news, ...this.news];
  }

  /** Joins the audit chains. Last in the transaction, because it holds their locks. */
  async writeAudit(manager: EntityManager): Promise<void> {
    for (const { verb, kind, id, tenantId, before, after } of this.#changes) {
      await appendAudit(manager, { tenantId, actor: BY_FILE, action: `${kind}.${verb}`.replace(' ', '_'), subjectType: kind, subjectId: id, before, after });
    }
  }
}
