import { AccountEntity } from './entities/account.entity';
import { ApiKeySecretEntity } from './entities/api-key-secret.entity';
import { ApiKeyEntity } from './entities/api-key.entity';
import { AuditEntryEntity } from './entities/audit-entry.entity';
import { BlockedIpEntity } from './entities/blocked-ip.entity';
import { BudgetEntity } from './entities/budget.entity';
import { CatalogVersionEntity } from './entities/catalog-version.entity';
import { CredentialEntity } from './entities/credential.entity';
import { DeploymentEntity } from './entities/deployment.entity';
import { HoldEntity } from './entities/hold.entity';
import { IdempotentAnswerEntity } from './entities/idempotent-answer.entity';
import { LedgerEntryEntity } from './entities/ledger-entry.entity';
import { ListPriceEntity } from './entities/list-price.entity';
import { ModelEntity } from './entities/model.entity';
import { PasswordResetEntity } from './entities/password-reset.entity';
import { PriceEntity } from './entities/price.entity';
import { ProviderEntity } from './entities/provider.entity';
import { RoleEntity } from './entities/role.entity';
import { SessionEntity } from './entities/session.entity';
import { SigningKeyEntity } from './entities/signing-key.entity';
import { StoredResponseEntity } from './entities/stored-response.entity';
import { TenantEntity } from './entities/tenant.entity';
import { UsageDailyEntity } from './entities/usage-daily.entity';
import { UsageHourlyEntity } from './entities/usage-hourly.entity';
import { UsageRecordEntity } from './entities/usage-record.entity';
import { UserRoleEntity } from './entities/user-role.entity';
import { UserEntity } from './entities/user.entity';

/** Every table that has an entity; a spec compares them with the tables that the migrations make. */
export const ENTITIES = [
  TenantEntity,
  RoleEntity,
  UserEntity,
  UserRoleEntity,
  SessionEntity,
  PasswordResetEntity,
  SigningKeyEntity,
  ApiKeyEntity,
  ApiKeySecretEntity,
  ProviderEntity,
  CredentialEntity,
  ModelEntity,
  DeploymentEntity,
  PriceEntity,
  ListPriceEntity,
  CatalogVersionEntity,
  AuditEntryEntity,
  AccountEntity,
  HoldEntity,
  BudgetEntity,
  IdempotentAnswerEntity,
  StoredResponseEntity,
  BlockedIpEntity,
  LedgerEntryEntity,
  UsageRecordEntity,
  UsageHourlyEntity,
  UsageDailyEntity,
];
