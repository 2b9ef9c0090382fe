import type { Sealer } from '@higress/database';
import type { Announcements } from '@higress/redis';
import type { DataSource } from 'typeorm';
import type { GatewayFile } from '../gateway-file/gateway-file.schema';
import { GatewayFileError } from '../gateway-file/gateway-file-error';
import { applyBudgets } from './apply-budgets';
import { applyKeys } from './apply-keys';
import { applyModels } from './apply-models';
import { applyProviders } from './apply-providers';
import { applyTenants } from './apply-tenants';
import { ChangeReport, type ApplyReport } from './change-report';

export interface ApplyOptions {
  readonly sealer: Sealer;
  readonly pepper: Buffer;
  /** Tells the other processes after the commit; without it they see the catalog at their next look and keys within a minute. */
  readonly announcements?: Pick<Announcements, 'publish'>;
}

/** Any number will do, as long as nothing else in the database takes it: "file" in ASCII. */
const FILE_LOCK = 0x66696c65;

/**
 * Makes providers, models, prices, tenants and keys be what gateway.yaml says, in one transaction: all of it or nothing.
 * Applying the same file again changes no row. What it no longer names is disabled, what the API made is left alone.
 * Processes that start together take turns.
 * @throws GatewayFileError with every clash between the file and what is there.
 */
export async function applyGatewayFile(dataSource: DataSource, file: GatewayFile, { sealer, pepper, announcements }: ApplyOptions): Promise<ApplyReport> {
  const report = new ChangeReport();
  await dataSource.transaction(async (manager) => {
    // The turns of others may take longer than any other lock is worth waiting for.
    await manager.query('set local lock_timeout = 0');
    await manager.query('select pg_advisory_xact_lock($1)', [FILE_LOCK]);
    await applyProviders(manager, report, file.providers, { sealer, pepper });
    await applyModels(manager, report, file.models);
    const tenants = await applyTenants(manager, report, file.tenants);
    const keys = await applyKeys(manager, report, file.keys, pepper);
    await applyBudgets(manager, report, [...tenants, ...keys]);
    if (report.faults.length > 0) throw new GatewayFileError(report.faults);
    await report.writeAudit(manager);
  });
  if (announcements) for (const [topic, payload] of report.newsForOthers()) await announcements.publish(topic, payload);
  return report;
}
