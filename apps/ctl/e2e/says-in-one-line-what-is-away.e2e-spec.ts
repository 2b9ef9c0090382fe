import { freePort, runCtl } from '@higress/testing';

describe('ctl, when a store is away', () => {
  let nowhere: string;

  beforeAll(async () => {
    nowhere = `127.0.0.1:${await freePort()}`;
  });

  it.each([[['migrate', 'up']], [['migrate', 'down']], [['migrate', 'status']]])('%p names DATABASE_URL', async (args) => {
    const { code, output } = await runCtl(args, { DATABASE_URL: `postgresql://u:hunter2@${nowhere}/d` });
    expect(code).toBe(1);
    expect(output).toBe(`Postgres at postgresql://u:***@${nowhere}/d cannot be reached (ECONNREFUSED): start it, or correct DATABASE_URL.\n`);
  });

  it.each([[['workers', 'ping']], [['queues', 'stats']]])('%p names REDIS_URL', async (args) => {
    const { code, output } = await runCtl(args, { DATABASE_URL: 'postgresql://u@h/d', REDIS_URL: `redis://:hunter2@${nowhere}/0` });
    expect(code).toBe(1);
    expect(output).toBe(`Redis at redis://:***@${nowhere}/0 cannot be reached (connect ECONNREFUSED ${nowhere}): start it, or correct QUEUE_REDIS_URL or REDIS_URL.\n`);
  });

  it('shows where it happened with DEBUG', async () => {
    const { output } = await runCtl(['migrate', 'up'], { DATABASE_URL: `postgresql://u@${nowhere}/d`, DEBUG: 'true' });
    expect(output).toMatch(/\n {4}at /);
    expect(output).toContain('Error: connect ECONNREFUSED');
  });

  it('names every setting that is missing, and no stack', async () => {
    const { code, output } = await runCtl(['migrate', 'up'], { DATABASE_POOL_SIZE: 'many' });
    expect(code).toBe(1);
    expect(output).toContain('DATABASE_URL: is not set\n');
    expect(output).not.toMatch(/\n {4}at /);
  });
});
