import { adminCreate } from './admin/admin-create';
import { adminResetPassword } from './admin/admin-reset-password';
import { auditVerify } from './audit/audit-verify';
import { backup } from './backup/backup';
import { restoreCommand } from './backup/restore';
import type { Command } from './command';
import { configCheck } from './config/config-check';
import { configPrint } from './config/config-print';
import { keysCreate } from './keys/keys-create';
import { keysRevoke } from './keys/keys-revoke';
import { keysRotateJwt } from './keys/keys-rotate-jwt';
import { ledgerCheck } from './ledger/ledger-check';
import { migrateDownCommand } from './migrate/migrate-down';
import { migrateStatusCommand } from './migrate/migrate-status';
import { migrateUpCommand } from './migrate/migrate-up';
import { pricesImport } from './prices/prices-import';
import { queuesStats } from './queues/queues-stats';
import { secretsRotate } from './secrets/secrets-rotate';
import { workersPing } from './workers/workers-ping';

/** Every command there is, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  migrateUpCommand,
  migrateDownCommand,
  migrateStatusCommand,
  adminCreate,
  adminResetPassword,
  keysCreate,
  keysRevoke,
  pricesImport,
  secretsRotate,
  keysRotateJwt,
  workersPing,
  queuesStats,
  ledgerCheck,
  auditVerify,
  backup,
  restoreCommand,
  configCheck,
  configPrint,
];
