import { randomBytes } from 'node:crypto';
import { emptyDatabase, runCtl, type FreshDatabase } from '@higress/testing';

describe('ctl migrate', () => {
  let other: FreshDatabase;
  let url: string;

  beforeAll(async () => {
    other = await emptyDatabase();
    await other.drop();
    // Its name is free again; written as the older service wrote its URLs.
    url = other.url.replace(/^\w+:/, 'postgresql+asyncpg:');
  });
  afterAll(() => other.drop());

  const ctl = (...args: string[]) => runCtl(args, { DATABASE_URL: url });

  it('creates, fills, lists, takes back and fills again', async () => {
    expect(await ctl('migrate', 'status')).toMatchObject({ code: 1, output: expect.stringMatching(/^The database of DATABASE_URL \(postgresql\+asyncpg:\/\/.*:\*\*\*@.*\) does not exist: run “migrate up”, which creates it\.\n$/) });
    expect(await ctl('migrate', 'up')).toMatchObject({ code: 0, output: expect.stringMatching(/^created the database\napplied 0001_identity_and_catalog\n/) });
    expect(await ctl('migrate', 'up')).toMatchObject({ code: 0, output: 'nothing to apply: the schema is current\n' });
    expect(await ctl('migrate', 'status')).toMatchObject({ code: 0, output: expect.not.stringContaining('missing') });
    expect(await ctl('migrate', 'down')).toMatchObject({ code: 0, output: expect.stringMatching(/^took back \d{4}_\w+\n$/) });
    expect(await ctl('migrate', 'status')).toMatchObject({ code: 1, output: expect.stringContaining('missing') });
    expect(await ctl('migrate', 'down', '99')).toMatchObject({ code: 0, output: expect.stringMatching(/took back 0001_identity_and_catalog\n$/) });
    expect(await ctl('migrate', 'down')).toMatchObject({ code: 0, output: 'nothing to take back: no migration is applied\n' });
    expect(await ctl('migrate', 'up')).toMatchObject({ code: 0 });
  });

  it('may be run by several pods at once', async () => {
    await ctl('migrate', 'down', '99');
    const runs = await Promise.all([ctl('migrate', 'up'), ctl('migrate', 'up')]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    expect(runs.map(({ output }) => output).join('').match(/applied 0001/g)).toHaveLength(1);
  });

  it('names the setting when the password is wrong', async () => {
    const wrong = new URL(other.url);
    wrong.username = `nobody_${randomBytes(4).toString('hex')}`;
    const { code, output } = await runCtl(['migrate', 'up'], { DATABASE_URL: wrong.href });
    expect(code).toBe(1);
    expect(output).toMatch(/^Postgres refuses the user or the password of DATABASE_URL .*\n$/);
    expect(output).not.toContain(wrong.password);
  });
});
