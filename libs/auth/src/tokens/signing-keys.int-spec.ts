import { randomBytes } from 'node:crypto';
import { Sealer } from '@higress/database';
import { eventually } from '@higress/testing';
import { decodeProtectedHeader } from 'jose';
import { codeOf, issuingPods, ours, pem, sealer, theirs } from '../fixtures/issuing-pods';
import type { AccessTokens } from './access-tokens';
import { rotateSharedKeys } from './signing-keys';

const its = issuingPods();
const { aSession, open } = its;

describe('a pod that signs tokens', () => {
  const rotate = async (forgetOld = false) => {
    const kid = await its.dataSource.transaction((tx) => rotateSharedKeys(tx, sealer, { forgetOld }));
    await its.announcements.publish('signing-keys-changed', {});
    return kid;
  };

  it('accepts tokens of an older key while its public half is loaded', async () => {
    const session = await aSession();
    const { token } = await open({ privatePem: ours.privateKey }).issue(session);
    const next = theirs.privateKey;
    expect(await codeOf(open({ privatePem: next, publicPems: [ours.publicKey] }).verify(token))).toBe('ok');
    expect(await codeOf(open({ privatePem: next }).verify(token))).toBe('INVALID_TOKEN');
  });

  it('says what is wrong with a PEM text without showing it', async () => {
    await expect(open({ privatePem: 'hush' }).start()).rejects.toThrow('the private JWT key is not an RSA key of at least 2048 bits in PEM form');
    await expect(open({ privatePem: pem(1024).privateKey }).start()).rejects.toThrow('at least 2048 bits');
  });

  it('makes one pair for all pods that start together, keeps it sealed, and keeps it over restarts', async () => {
    const session = await aSession();
    const pods = Array.from({ length: 4 }, () => open());
    await Promise.all(pods.map((pod) => pod.start()));
    const { token } = await open().issue(session);
    for (const pod of pods) expect(await codeOf(pod.verify(token))).toBe('ok');
    const rows = await its.dataSource.query<{ private_sealed: Buffer }[]>('select private_sealed from signing_keys');
    expect(rows).toHaveLength(1);
    expect(rows[0]?.private_sealed.includes('PRIVATE KEY')).toBe(false);
  });

  it('signs with a new pair once it was rotated, on every pod, and signs nobody out', async () => {
    const session = await aSession();
    const pods = [open(), open()];
    const { token } = await (pods[0] as AccessTokens).issue(session);
    for (const pod of pods) expect(await codeOf(pod.verify(token))).toBe('ok');
    const kid = await rotate();
    for (const pod of pods) await eventually('the new pair', async () => decodeProtectedHeader((await pod.issue(session)).token).kid === kid, 1000);
    for (const pod of pods) {
      expect(await codeOf(pod.verify(token))).toBe('ok');
      expect((await pod.jwks()).keys.map((key) => key.kid)).toEqual(expect.arrayContaining([kid, decodeProtectedHeader(token).kid]));
    }
    await rotate(true);
    for (const pod of pods) await eventually('the end of the old pairs', async () => (await codeOf(pod.verify(token))) === 'INVALID_TOKEN', 1000);
  });

  it('knows within a second the token of a pair whose rotation it did not hear of', async () => {
    const session = await aSession();
    const deaf = open();
    await deaf.start();
    await its.dataSource.transaction((tx) => rotateSharedKeys(tx, sealer, { forgetOld: false }));
    const { token } = await open().issue(session);
    await eventually('its own look', async () => (await codeOf(deaf.verify(token))) === 'ok', 2000);
  });

  it('makes another pair when the stored one cannot be opened, and still accepts its tokens', async () => {
    const session = await aSession();
    const { token } = await open().issue(session);
    const other = open({ sealer: new Sealer(new Map([[2, randomBytes(32)]])) });
    expect(await codeOf(other.verify(token))).toBe('ok');
    expect((await other.jwks()).keys).toHaveLength(2);
  });

  it('starts without Postgres and loads the pair when it is needed', async () => {
    const session = await aSession();
    const { token } = await open().issue(session);
    const tokens = open();
    await its.postgres.shut();
    await tokens.start();
    expect(await codeOf(tokens.verify(token))).toBe('NOT_READY');
    await its.postgres.open();
    await eventually('the pair', async () => (await codeOf(tokens.verify(token))) === 'ok');
  });
});
