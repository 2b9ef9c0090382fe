import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../workspace/root.mjs';
import { nx } from '../workspace/run.mjs';

/**
 * Files that break the walls between the floors, and what the lint must say about each. The rule has ways to fall silent
 * (without the project graph it checks nothing and is content), so a lint that passes proves something only while these still fail.
 */
const CANARIES = [
  {
    project: 'kernel',
    source: `import { Injectable } from '@nestjs/common';\nimport { createDataSource } from '@higress/database';\nexport const canary = [Injectable, createDataSource];\n`,
    complaints: [/"type:kernel" is not allowed to import "@nestjs\/common"/, /2:1 +error +(Circular dependency between "kernel" and "database"|.*"type:kernel" can only depend on)/],
  },
  {
    project: 'billing',
    source: `import { Redis } from '@higress/rate-limit';\nexport const canary = Redis;\n`,
    complaints: [/"type:feature" can only depend on/],
  },
  {
    project: 'wire',
    source: `export const canary = process.env['PATH'];\n`,
    complaints: [/Read settings through @higress\/config/],
  },
];
const PREFIX = 'canary-';

/**
 * Puts the canaries into their projects, lints those through Nx, and takes them away again, whatever happens.
 * Must not run while another lint or build does.
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export async function wallCanary() {
  removeCanaries();
  const name = `${PREFIX}${randomBytes(4).toString('hex')}.ts`;
  process.once('exit', removeCanaries);
  try {
    for (const { project, source } of CANARIES) writeFileSync(join(sources(project), name), source);
    const { ok, output } = await nx(['run-many', '-t', 'lint', '-p', CANARIES.map(({ project }) => project).join(','), '--skip-nx-cache', '--output-style=static']);
    const unheard = CANARIES.flatMap(({ project, complaints }) => complaints.filter((complaint) => !complaint.test(output)).map((complaint) => `${project}: ${complaint}`));
    if (!ok && unheard.length === 0) return { ok: true, output };
    return { ok: false, output: `Imports that break a wall passed the lint:\n  ${unheard.join('\n  ')}\nIt said:\n${output}` };
  } finally {
    removeCanaries();
    process.off('exit', removeCanaries);
  }
}

/** Also those of a run that was killed. */
export function removeCanaries() {
  for (const dir of CANARIES.map(({ project }) => sources(project))) {
    for (const file of readdirSync(dir)) if (file.startsWith(PREFIX)) rmSync(join(dir, file), { force: true });
  }
}

function sources(project) {
  return join(ROOT, 'libs', project, 'src');
}
