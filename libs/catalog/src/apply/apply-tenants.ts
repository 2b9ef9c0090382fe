import { parseUsd } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import type { FileTenant } from '../gateway-file/gateway-file.schema';
import { GatewayFileError } from '../gateway-file/gateway-file-error';
import type { BudgetOwner } from './apply-budgets';
import type { ChangeReport } from './change-report';
import { converge, type FileTable } from './converge';
import { creditOnce } from './credit-once';

const TENANTS: FileTable = { name: 'tenants', kind: 'tenant', key: ['name'], json: ['limits'], off: { status: 'disabled' }, keyIsUnique: true, secret: [] };

/** Tenants and their opening credit, which each gets once however often the file is applied. Returns what is still to be done about their budgets. */
export async function applyTenants(manager: EntityManager, report: ChangeReport, tenants: readonly FileTenant[]): Promise<BudgetOwner[]> {
  const wanted = tenants.map(({ name, billing, limits, status }, at) => ({ path: `tenants[${at}]`, title: name, key: { name }, columns: { billing, limits, status } }));
  const ids = await converge(manager, report, TENANTS, wanted).catch(explainDebt);
  const credits = tenants.flatMap(({ name, opening_credit_usd: credit }, at) => {
    const id = ids[at];
    return id && credit !== undefined && parseUsd(credit) > 0n ? [{ id, name, amountNanoUsd: parseUsd(credit) }] : [];
  });
  // In order of their ids, as every billing function locks accounts: no deadlock with calls that are being settled.
  for (const credit of credits.sort((one, other) => (one.id < other.id ? -1 : 1))) await creditOnce(manager, report, credit);
  return tenants.flatMap(({ name, budgets }, at) => {
    const tenantId = ids[at];
    return tenantId ? [{ kind: 'tenant' as const, title: name, tenantId, keyId: null, budgets }] : [];
  });
}

function explainDebt(error: unknown): never {
  const owes = error instanceof Error && 'constraint' in error && error.constraint === 'accounts_prepaid_are_never_overdrawn';
  throw owes ? new GatewayFileError([{ path: 'tenants', message: 'a tenant that owes cannot become prepaid; credit it first' }]) : error;
}
