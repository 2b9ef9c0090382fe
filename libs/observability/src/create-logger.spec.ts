import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@higress/testing';
import { createLogger, writePlain } from './create-logger';

describe('writePlain', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lines-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('writes what the logger itself would, and nothing below its level', async () => {
    const path = join(folder, 'calls.log');
    const logger = createLogger({ name: 'spec', LOG_LEVEL: 'info', LOG_JSON_FORMAT: true, LOG_FILE_PATH: path, DEBUG: false });
    const fields = { text: 'a"b\n€', none: undefined, nothing: null, count: 0.25, no: false };
    logger.info(fields, 'call');
    writePlain(logger, 'info', fields, 'call');
    writePlain(logger, 'debug', fields, 'call');
    writePlain(logger, 'warn', fields, 'last');
    const lines = await eventually('three lines', () => {
      const text = readFileSync(path, 'utf8').trim().split('\n');
      return text.length === 3 ? text.map((line) => ({ ...(JSON.parse(line) as object), time: '' })) : null;
    });
    expect(lines[0]).toEqual({ level: 'info', time: '', service: 'spec', text: 'a"b\n€', nothing: null, count: 0.25, no: false, msg: 'call' });
    expect(lines[1]).toEqual(lines[0]);
    expect(lines[2]).toMatchObject({ level: 'warn', msg: 'last' });
  });
});
