import { existsSync } from 'node:fs';
import { rotateSharedKeys } from '@higress/auth';
import { deriveKeys, readSettings } from '@higress/config';
import { appendAudit, Sealer, SYSTEM_ACTOR } from '@higress/database';
import { defineCommand } from '../command';
import { Fault } from '../fault';
import { withAnnouncements } from '../with-announcements';
import { withDatabase } from '../with-database';

export const keysRotateJwt = defineCommand({
  name: 'keys rotate-jwt',
  summary: 'Makes another key pair that signs access tokens; every gateway takes it within a second.',
  options: { 'forget-old': { type: 'boolean', doc: 'Refuse what the pairs before it have signed: for a pair that others may know. People refresh, and are signed in again.' } },
  notes: 'Without --forget-old nobody notices: tokens that were signed before are accepted until they are over. Is not for HS256, nor for a pair in files: docs/people.md says what to do there.',
  run: async ({ options, print }) => {
    const settings = readSettings('ctl');
    if (settings.JWT_ALGORITHM !== 'RS256') throw new Fault('JWT_ALGORITHM is HS256, whose secret is JWT_SECRET_KEY: change it there, which signs everybody out.');
    // A path to nothing is what the older .env has before its files are made; then the shared pair signs.
    if (settings.JWT_PRIVATE_KEY_PATH !== undefined && existsSync(settings.JWT_PRIVATE_KEY_PATH)) throw new Fault('JWT_PRIVATE_KEY_PATH names the pair: change the files, and keep the old public half in JWT_PUBLIC_KEY_PATH for a day.');
    const sealer = new Sealer(deriveKeys(settings).encryption);
    const forgetOld = options['forget-old'];
    const kid = await withDatabase(settings, (database) =>
      database.transaction(async (tx) => {
        const made = await rotateSharedKeys(tx, sealer, { forgetOld });
        await appendAudit(tx, { tenantId: null, actor: SYSTEM_ACTOR, action: 'signing_keys.rotated', subjectType: 'signing_key', subjectId: made, after: { forgot_old: forgetOld } });
        return made;
      }),
    );
    await withAnnouncements(settings, print, (publisher) => publisher.publish('signing-keys-changed', {}));
    print(`access tokens are signed by ${kid} from now on${forgetOld ? '; all others are refused' : ''}`);
  },
});
