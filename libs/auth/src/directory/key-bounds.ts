import type { Requester } from '@higress/database';
import { DomainError } from '@higress/kernel';
import type { EntityManager } from 'typeorm';

/** What of a key may be set when it is made, and changed only with the permission to limit keys: otherwise who is bound by it could take it away. */
export const KEY_BOUNDS = ['models', 'endpoints', 'allowed_ips', 'expires_at', 'limits', 'signing', 'cache'] as const;

/** Live keys that a person may have made by themselves. */
const MOST_OWN_KEYS = 20;

const IS_BOUNDED = `models is not null or endpoints is not null or allowed_ips is not null or expires_at is not null or signing = 'required'
  or exists (select from jsonb_each(k.limits) l where l.key <> 'unlimited' and l.value <> 'null') or exists (select from budgets b where b.key_id = k.id)`;

/**
 * Notes whether a person's key is bounded, after somebody who may limit keys has made or changed it. Who changes only what is their own notes nothing.
 * @returns what is noted now
 */
export async function noteBounds(tx: EntityManager, by: Requester, { id, ownerUserId, bounded }: { id: string; ownerUserId: string | null; bounded: boolean }): Promise<boolean> {
  if (by.ownerId !== null || ownerUserId === null) return bounded;
  await lockOwner(tx, ownerUserId);
  const [rows] = await tx.query<[{ bounded: boolean }[]]>(`update api_keys k set bounded = (${IS_BOUNDED}) where id = $1 returning bounded`, [id]);
  return rows[0]?.bounded ?? bounded;
}

/**
 * Whether a person may make a key by themselves: it is bound by no more than the tenant is, and so would undo what somebody has set for another key of theirs.
 * @throws DomainError FORBIDDEN where one of their keys is bounded, revoked or not; CONFLICT where they have enough
 */
export async function mayMakeOwn(tx: EntityManager, ownerUserId: string): Promise<void> {
  await lockOwner(tx, ownerUserId);
  const [count] = await tx.query<{ bounded: boolean; live: number }[]>(
    `select coalesce(bool_or(bounded), false) as bounded, count(*) filter (where status = 'active' and (expires_at is null or expires_at > now()))::int as live from api_keys where owner_user_id = $1`,
    [ownerUserId],
  );
  if (count?.bounded) throw new DomainError('FORBIDDEN', { message: 'An administrator has set what your keys may do: ask them for another one.' });
  if ((count?.live ?? 0) >= MOST_OWN_KEYS) throw new DomainError('CONFLICT', { message: `You have ${MOST_OWN_KEYS} keys: revoke one first.` });
}

/** So that a key is not made while another one is bounded. */
async function lockOwner(tx: EntityManager, ownerUserId: string): Promise<void> {
  await tx.query('select 1 from users where id = $1 for no key update', [ownerUserId]);
}
