#!/usr/bin/env node
// Makes a database with ten million calls (or as many as the first argument says), and prints of each query that people can ask how long it takes and what of the tables
// it reads. `npm run build` first; then, with the URL of a server on which databases can be made:
//   DATABASE_URL=postgres://… node tools/usage-at-scale/usage-at-scale.mjs [rows] [--plans]
// It takes a while and some 6 GB, which it gives back at its end.
import { createRequire } from 'node:module';
import { makeUsage } from './make-usage.mjs';
import { questions } from './questions.mjs';

const require = createRequire(import.meta.url);
const { createDataSource, createDatabaseIfMissing, Desk, migrateUp, SYSTEM } = require('../../dist/libs/database');
const { UsageRecords, UsageSummary, Ledger } = require('../../dist/libs/billing');

const rows = Number(process.argv.slice(2).find((argument) => /^\d+$/.test(argument)) ?? 10_000_000);
const showPlans = process.argv.includes('--plans');
const url = new URL(process.env['DATABASE_URL'] ?? fail('DATABASE_URL is not set'));
const admin = createDataSource({ url: url.href, name: 'usage-at-scale', poolSize: 1, statementTimeoutMs: 60_000 });
url.pathname = `/usage_at_scale_${process.pid}`;

await createDatabaseIfMissing(url.href);
const dataSource = await createDataSource({ url: url.href, name: 'usage-at-scale', poolSize: 2, statementTimeoutMs: 3_600_000 }).initialize();
try {
  await migrateUp(dataSource);
  const made = await makeUsage(dataSource, rows, console.error);
  const desk = new Desk({ dataSource, announce: async () => undefined });
  console.log(`\n${made.calls.toLocaleString('en')} calls of ${made.days} days, ${made.tenants} tenants and ${made.keys} keys; ${made.size}; ${await version(dataSource)}\n`);
  console.log('| question | first, ms | again, ms | rows | reads |\n| --- | --- | --- | --- | --- |');
  for (const { title, ask, by } of questions(made, { UsageRecords, UsageSummary, Ledger, SYSTEM })) await measure(desk, by, title, ask);
} finally {
  await dataSource.destroy();
  await admin.initialize();
  await admin.query(`drop database if exists ${url.pathname.slice(1)} with (force)`);
  await admin.destroy();
}

/** As management asks it: in a transaction that row-level security binds. Twice, because the first one also reads from the disk; then once more for its plan. */
async function measure(desk, by, title, ask) {
  const times = [];
  let found = 0;
  for (let again = 0; again < 2; again++) {
    const began = performance.now();
    const answer = await desk.read(by, (tx) => ask(tx));
    times.push(performance.now() - began);
    found = (answer.rows ?? answer).length;
  }
  const plans = [];
  await desk.read(by, (tx) => ask({ query: (text, values) => explained(tx, text, values, plans) }));
  const plan = plans.at(-1);
  console.log(`| ${title} | ${times.map((ms) => ms.toFixed(1)).join(' | ')} | ${found} | ${plan ? scansOf(plan) : ''} |`);
  if (showPlans && plan) console.log(`\n\`\`\`\n${plan}\n\`\`\`\n`);
}

async function explained(tx, text, values, plans) {
  const lines = await tx.query(`explain (analyze, costs off, timing off, summary off) ${text}`, values);
  plans.push(lines.map((line) => line['QUERY PLAN']).join('\n'));
  return tx.query(text, values);
}

/** Which indexes and tables a plan has read from, without its partitions' names. */
function scansOf(plan) {
  const scans = plan.split('\n').filter((line) => !line.includes('never executed')).flatMap((line) => /((?:Index|Bitmap Index|Index Only|Seq|Parallel Seq) Scan)(?: Backward)?(?: using (\S+))? on (\S+)/.exec(line)?.slice(1) ?? []);
  const named = [];
  for (let i = 0; i < scans.length; i += 3) named.push(nameOf(scans[i], scans[i + 1], scans[i + 2]));
  return [...new Set(named)].join(', ');
}

function nameOf(scan, index, table) {
  const what = (index ?? table).replace(/_\d{4}_\d{2}/, '').replace(/_default/, '');
  return scan.includes('Seq') ? `${what} (whole)` : `\`${what}\``;
}

async function version(db) {
  return (await db.query('show server_version'))[0].server_version.replace(/^/, 'PostgreSQL ').split(' (')[0];
}

function fail(problem) {
  console.error(problem);
  process.exit(1);
}
