import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCtl } from '@higress/testing';

/** The `.env` of the deployment manual, as it stands. */
const MANUAL = {
  PROJECT_NAME: 'AI Higress Gateway',
  DEBUG: 'false',
  DATABASE_URL: 'postgresql+asyncpg://postgres:password@localhost:5432/ai_gateway',
  REDIS_URL: 'redis://localhost:6379/0',
  JWT_SECRET_KEY: 'your-super-secret-key-at-least-32-chars',
  JWT_PRIVATE_KEY_PATH: '/app/security/private.pem',
  JWT_PUBLIC_KEY_PATH: '/app/security/public.pem',
  CELERY_BROKER_URL: 'redis://localhost:6379/1',
  CELERY_RESULT_BACKEND: 'redis://localhost:6379/1',
  LOG_LEVEL: 'INFO',
  LOG_JSON_FORMAT: 'true',
  LOG_FILE_PATH: '/var/log/gateway/app.log',
  RATE_LIMIT_EXTERNAL_RPM: '60',
  RATE_LIMIT_INTERNAL_RPM: '600',
  OUTBOUND_WHITELIST: 'api.openai.com,api.anthropic.com,api.cohere.ai',
};

describe('ctl config', () => {
  it('checks the settings of every service', async () => {
    expect(await runCtl(['config', 'check'], MANUAL)).toMatchObject({ code: 0, output: 'the settings serve gateway, worker, scheduler, board, ctl\n' });
  });

  it('names each wrong setting once, with the services that it stops', async () => {
    const { code, output } = await runCtl(['config', 'check'], { ...MANUAL, WORKER_CONCURRENCY: 'four', LOG_LEVEL: 'loud' });
    expect(code).toBe(1);
    expect(output.trimEnd().split('\n').sort()).toEqual([
      'LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal (gateway, worker, scheduler, board, ctl)',
      'WORKER_CONCURRENCY: must be a whole number (worker)',
    ]);
  });

  it('checks one service alone', async () => {
    expect(await runCtl(['config', 'check', '--app', 'scheduler'], { ...MANUAL, WORKER_CONCURRENCY: 'four' })).toMatchObject({ code: 0 });
    expect(await runCtl(['config', 'check', '--app', 'celery'], MANUAL)).toMatchObject({ code: 2 });
  });

  it('names every fault of gateway.yaml', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'ctl-')), 'gateway.yaml');
    writeFileSync(file, 'providers: [{ name: p, dialect: telegraph }]\nkeys: [{ tenant: t, name: k, value: "${NOT_SET}" }]\n');
    const { code, output } = await runCtl(['config', 'check'], { ...MANUAL, GATEWAY_CONFIG: file });
    expect(code).toBe(1);
    expect(output).toMatch(/gateway\.yaml: providers\[0\]\.dialect: .* \(gateway\)$/m);
    expect(output).toContain('NOT_SET');
    expect(await runCtl(['config', 'check'], { ...MANUAL, GATEWAY_CONFIG: '/nowhere.yaml' })).toMatchObject({ code: 1, output: 'GATEWAY_CONFIG: names /nowhere.yaml, which does not exist (gateway)\n' });
  });

  it('prints every setting, its origin, and no secret', async () => {
    const { code, output } = await runCtl(['config', 'print'], MANUAL);
    expect(code).toBe(0);
    expect(output).toMatch(/^DATABASE_URL +postgresql\+asyncpg:\/\/postgres:\*\*\*@localhost:5432\/ai_gateway +environment$/m);
    expect(output).toMatch(/^JWT_SECRET_KEY +\*\*\* +environment$/m);
    expect(output).toMatch(/^PORT +8000 +default$/m);
    expect(output).not.toContain('your-super-secret');
    expect(output).not.toContain(':password@');
  });
});
