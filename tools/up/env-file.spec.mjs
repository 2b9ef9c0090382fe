import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readEnvFile } from './env-file.mjs';

function read(text) {
  const dir = mkdtempSync(join(tmpdir(), 'env-'));
  try {
    writeFileSync(join(dir, '.env'), text);
    return readEnvFile(join(dir, '.env'));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test('reads plain, exported and quoted values, with spaces and equal signs', () => {
  assert.deepEqual(read(`PROJECT_NAME=AI Higress Gateway\nexport A=1\nB="two words"\r\nC='#not a comment'\nURL=postgres://u:p@h/db?a=b\n D = spaced \n`), {
    PROJECT_NAME: 'AI Higress Gateway',
    A: '1',
    B: 'two words',
    C: '#not a comment',
    URL: 'postgres://u:p@h/db?a=b',
    D: 'spaced',
  });
});

test('leaves comments and other lines out', () => {
  assert.deepEqual(read('# all\n\nA=1 # why\nB="x" # y\nC=a#b\nnonsense\nEMPTY=\n'), { A: '1', B: 'x', C: 'a#b', EMPTY: '' });
});

test('an absent file has no variables', () => {
  assert.deepEqual(readEnvFile('/nonexistent/.env'), {});
});
