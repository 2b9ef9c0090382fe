import { canonicalJson } from '@higress/database';
import { uuidv7 } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import type { ChangeReport } from './change-report';

type Columns = Readonly<Record<string, unknown>>;
type Row = Columns & { readonly id: string; readonly status: string; readonly managed_by: 'api' | 'file' };

/** A table of which the file owns some rows. */
export interface FileTable {
  readonly name: 'tenants' | 'api_keys' | 'providers' | 'credentials' | 'models' | 'deployments';
  /** What one row is called in reports and in the audit. */
  readonly kind: string;
  /** The columns that the file knows a row by. */
  readonly key: readonly string[];
  readonly json: readonly string[];
  /** Written when the file no longer names a row. */
  readonly off: Columns & { readonly status: string };
  /** False where a row of the API may have the same key. */
  readonly keyIsUnique: boolean;
  /** Columns that no report or audit shows. */
  readonly secret: readonly string[];
}

export interface Wanted {
  /** Its place in the file. */
  readonly path: string;
  readonly title: string;
  readonly key: Columns;
  /** As pg would return them. */
  readonly columns: Columns;
  /** Written with a new row, and not compared. */
  readonly whenNew?: (id: string) => Columns;
}

/**
 * Makes the file's rows of a table be what the file wants, and turns off those that it no longer names.
 * Writes only rows that differ, because any statement on these tables moves the catalog's version, even one that touches no row.
 * @returns the id of each wanted row, in order; null where a row made through the API has its name, which becomes a fault.
 */
export async function converge(manager: EntityManager, report: ChangeReport, table: FileTable, wanted: readonly Wanted[]): Promise<(string | null)[]> {
  const rows: Row[] = await manager.query(`select * from ${table.name}${table.keyIsUnique ? '' : ` where managed_by = 'file'`} order by id`);
  const existing = new Map(rows.map((row) => [keyOf(table, row), row]));
  const ids: (string | null)[] = [];
  for (const item of wanted) {
    const row = existing.get(keyOf(table, item.key));
    existing.delete(keyOf(table, item.key));
    if (row?.managed_by === 'api') {
      report.faults.push({ path: item.path, message: `a ${table.kind} made through the API is there already; take it out of the file, or delete it there` });
      ids.push(null);
    } else ids.push(row ? await update(manager, report, table, row, item) : await insert(manager, report, table, item));
  }
  for (const row of existing.values()) {
    if (row.managed_by === 'file' && row.status !== table.off.status) await turnOff(manager, report, table, row);
  }
  return ids;
}

const keyOf = (table: FileTable, row: Columns) => canonicalJson(table.key.map((column) => row[column]));

async function insert(manager: EntityManager, report: ChangeReport, table: FileTable, item: Wanted): Promise<string> {
  const id = uuidv7();
  const row = { id, ...item.key, ...item.columns, ...item.whenNew?.(id), managed_by: 'file' };
  const names = Object.keys(row);
  await manager.query(`insert into ${table.name} (${names.join(', ')}) values (${names.map((_, at) => `$${at + 1}`).join(', ')})`, parameters(table, row));
  report.add({ verb: 'created', kind: table.kind, id, title: item.title, tenantId: tenantOf(table, row), after: shown(table, row) });
  return id;
}

async function update(manager: EntityManager, report: ChangeReport, table: FileTable, row: Row, item: Wanted): Promise<string> {
  const changed = Object.keys(item.columns).filter((column) => canonicalJson(row[column]) !== canonicalJson(item.columns[column]));
  if (changed.length === 0) return row.id;
  const pick = (from: Columns): Columns => Object.fromEntries(changed.map((column) => [column, from[column]]));
  await set(manager, table, row.id, pick(item.columns));
  report.add({ verb: 'updated', kind: table.kind, id: row.id, title: item.title, tenantId: tenantOf(table, row), before: shown(table, pick(row)), after: shown(table, pick(item.columns)) });
  return row.id;
}

async function turnOff(manager: EntityManager, report: ChangeReport, table: FileTable, row: Row): Promise<void> {
  await set(manager, table, row.id, table.off);
  const title = String(row['name'] ?? row['upstream_model'] ?? row.id);
  report.add({ verb: 'disabled', kind: table.kind, id: row.id, title, tenantId: tenantOf(table, row), before: { status: row.status }, after: { status: table.off.status } });
}

async function set(manager: EntityManager, table: FileTable, id: string, columns: Columns): Promise<void> {
  const assignments = Object.keys(columns).map((column, at) => `${column} = $${at + 2}`);
  await manager.query(`update ${table.name} set ${assignments.join(', ')}, updated_at = now() where id = $1`, [id, ...parameters(table, columns)]);
}

function parameters(table: FileTable, columns: Columns): unknown[] {
  return Object.entries(columns).map(([name, value]) => (table.json.includes(name) ? JSON.stringify(value) : value));
}

function tenantOf(table: FileTable, row: Columns): string | null {
  if (table.name === 'tenants') return row['id'] as string;
  return (row['tenant_id'] as string | undefined) ?? null;
}

const shown = (table: FileTable, columns: Columns): Columns => Object.fromEntries(Object.entries(columns).filter(([name]) => !table.secret.includes(name)));
