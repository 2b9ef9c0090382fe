import { createHmac, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Sealer } from '@higress/database';
import { calculateJwkThumbprint, type JWK } from 'jose';
import type { DataSource, EntityManager } from 'typeorm';

/** What tokens are signed with, and everything that they may have been signed with. */
export interface SigningKeys {
  readonly kid: string;
  readonly sign: KeyObject | Uint8Array;
  readonly verify: ReadonlyMap<string, KeyObject | Uint8Array>;
  /** The public halves; empty for a shared secret. */
  readonly jwks: readonly JWK[];
}

const MIN_BITS = 2048;
const PAIR_LOCK = 0x6a776b73;
/** Tokens of a retired pair are over by then. */
const RETIRED_LIFE = '2 days';

/** HS256: one secret signs and verifies. Its name says nothing about it. */
export function secretKeys(secret: string): SigningKeys {
  const kid = createHmac('sha256', secret).update('kid').digest('base64url').slice(0, 16);
  const key = new TextEncoder().encode(secret);
  return { kid, sign: key, verify: new Map([[kid, key]]), jwks: [] };
}

/**
 * RS256 from PEM texts: the pair that signs, and further public keys that are still accepted.
 * @throws Error when one is not an RSA key of at least 2048 bits; names no part of it
 */
export async function pemKeys(privatePem: string, publicPems: readonly string[]): Promise<SigningKeys> {
  const sign = rsa(() => createPrivateKey(privatePem), 'the private JWT key');
  const publics = [createPublicKey(sign), ...publicPems.map((pem, at) => rsa(() => createPublicKey(pem), `public JWT key ${at + 1}`))];
  const named = await Promise.all(publics.map(publicJwk));
  return assemble(named[0]?.kid ?? '', sign, named);
}

/** The pair that pods share: made by the first one, kept sealed in Postgres. Further PEM texts are accepted beside it. */
export async function sharedKeys(dataSource: DataSource, sealer: Sealer, publicPems: readonly string[]): Promise<SigningKeys> {
  const newest = await dataSource.transaction(async (manager) => {
    await manager.query('select pg_advisory_xact_lock($1)', [PAIR_LOCK]);
    return (await openNewest(manager, sealer)) ?? makePair(manager, sealer);
  });
  const stored = await dataSource.query<{ public_jwk: JWK }[]>(
    `select public_jwk from signing_keys where algorithm = 'RS256' and (retired_at is null or retired_at > now() - $1::interval)`,
    [RETIRED_LIFE],
  );
  const publics = [...stored.map(({ public_jwk }) => createPublicKey({ key: public_jwk as never, format: 'jwk' })), ...publicPems.map((pem) => rsa(() => createPublicKey(pem), 'a public JWT key'))];
  return assemble(newest.kid, newest.sign, await Promise.all(publics.map(publicJwk)));
}

/**
 * Makes another pair, with which pods sign from now on. The pairs before it are still accepted until the last token that they signed is over, or not at all any more.
 * Belongs into a transaction; announce `signing-keys-changed` after it.
 * @returns its name
 */
export async function rotateSharedKeys(tx: EntityManager, sealer: Sealer, { forgetOld }: { forgetOld: boolean }): Promise<string> {
  await tx.query('select pg_advisory_xact_lock($1)', [PAIR_LOCK]);
  await tx.query(`update signing_keys set retired_at = case when $1 then 'epoch' else now() end where algorithm = 'RS256' and (retired_at is null or $1)`, [forgetOld]);
  return (await makePair(tx, sealer)).kid;
}

interface Pair {
  readonly kid: string;
  readonly sign: KeyObject;
}

export const pairPlace = (kid: string) => `signing_keys:${kid}`;

/** Null when there is none, or none that a loaded ENCRYPTION_KEYS opens. */
async function openNewest(manager: EntityManager, sealer: Sealer): Promise<Pair | null> {
  const rows = await manager.query<{ kid: string; private_sealed: Buffer }[]>(
    `select kid, private_sealed from signing_keys where algorithm = 'RS256' and retired_at is null order by created_at desc, kid`,
  );
  const row = rows.find(({ kid, private_sealed }) => sealer.opens(private_sealed, pairPlace(kid)));
  return row ? { kid: row.kid, sign: createPrivateKey(sealer.open(row.private_sealed, pairPlace(row.kid))) } : null;
}

async function makePair(manager: EntityManager, sealer: Sealer): Promise<Pair> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: MIN_BITS });
  const { kid, jwk } = await publicJwk(publicKey);
  const sealed = sealer.seal(privateKey.export({ type: 'pkcs8', format: 'pem' }), pairPlace(kid));
  await manager.query(`insert into signing_keys (kid, algorithm, public_jwk, private_sealed) values ($1, 'RS256', $2, $3)`, [kid, JSON.stringify(jwk), sealed]);
  return { kid, sign: privateKey };
}

interface Named {
  readonly kid: string;
  readonly key: KeyObject;
  readonly jwk: JWK;
}

/** Named by its thumbprint (RFC 7638), so that every pod gives it the same name. */
async function publicJwk(key: KeyObject): Promise<Named> {
  const { kty, n, e } = key.export({ format: 'jwk' }) as JWK;
  const bare = { kty, n, e } as JWK;
  const kid = await calculateJwkThumbprint(bare);
  return { kid, key, jwk: { ...bare, kid, alg: 'RS256', use: 'sig' } };
}

function assemble(kid: string, sign: KeyObject, publics: readonly Named[]): SigningKeys {
  const byKid = new Map(publics.map((named) => [named.kid, named]));
  return { kid, sign, verify: new Map([...byKid].map(([name, { key }]) => [name, key])), jwks: [...byKid.values()].map(({ jwk }) => jwk) };
}

function rsa(read: () => KeyObject, what: string): KeyObject {
  const key = tryRead(read);
  const bits = key?.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key?.asymmetricKeyType !== 'rsa' || bits < MIN_BITS) throw new Error(`${what} is not an RSA key of at least ${MIN_BITS} bits in PEM form`);
  return key;
}

function tryRead(read: () => KeyObject): KeyObject | null {
  try {
    return read();
  } catch {
    return null;
  }
}
