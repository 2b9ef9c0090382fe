import { issueReset } from '@higress/auth';
import { readSettings } from '@higress/config';
import { Desk, SYSTEM, UserEntity } from '@higress/database';
import { defineCommand } from '../command';
import { Fault } from '../fault';
import { withDatabase } from '../with-database';

export const adminResetPassword = defineCommand({
  name: 'admin reset-password',
  summary: 'Prints a token with which a person sets a new password, once, within a day.',
  options: { email: { type: 'string', required: true, doc: 'With what they log in.' } },
  notes: 'For an owner whom no other owner can help; everybody else is helped by POST users/{id}/password-reset. The token goes to POST auth/password/reset {reset_token, new_password}.',
  run: async ({ options: { email }, print }) => {
    const { token, expiresAt } = await withDatabase(readSettings('ctl-database'), async (database) => {
      const user = await database.getRepository(UserEntity).createQueryBuilder('user').where('lower(user.email) = lower(:email)', { email: email.trim() }).getOne();
      if (!user) throw new Fault(`Nobody logs in with ${email}.`);
      return issueReset(new Desk({ dataSource: database, announce: async () => undefined }), SYSTEM, user.id);
    });
    print(`reset token  ${token}\nuntil        ${expiresAt.toISOString()}\nKeep it now: it is not shown again.`);
  },
});
