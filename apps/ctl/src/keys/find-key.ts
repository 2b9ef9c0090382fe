import { ApiKeyEntity, ApiKeySecretEntity, apiKeyDigest } from '@higress/database';
import { isUuid } from '@higress/kernel';
import type { DataSource } from 'typeorm';
import { Fault } from '../fault';

/**
 * The id of the key that an operator means: by its id, by itself, or by the part of it that is shown.
 * @throws Fault when none is meant, or more than one
 */
export async function findKey(database: DataSource, pepper: Buffer, given: string): Promise<string> {
  if (isUuid(given)) return given;
  const secret = await database.getRepository(ApiKeySecretEntity).findOneBy({ digest: apiKeyDigest(pepper, given) });
  if (secret) return secret.keyId;
  const shown = await database.getRepository(ApiKeyEntity).findBy({ prefix: given.replace(/…$/, '') });
  if (shown.length > 1) throw new Fault(`Several keys begin with these characters: name one by its id (${shown.map(({ id, name }) => `${id} ${name}`).join(', ')}).`);
  const [key] = shown;
  // Not repeated: it may be a real key, mistyped.
  if (!key) throw new Fault('There is no such key: give its id, the whole key, or its first characters as lists and logs show them.');
  return key.id;
}
