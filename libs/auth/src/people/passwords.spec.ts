import { Passwords } from './passwords';

describe('Passwords', () => {
  const passwords = new Passwords({ concurrency: 2, maxWaiting: 3 });

  it('are kept as Argon2id and recognised', async () => {
    const phc = await passwords.hash('correct horse');
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await passwords.verify(phc, 'correct horse')).toBe(true);
    expect(await passwords.verify(phc, 'battery staple')).toBe(false);
    expect(await passwords.verify('not a hash', 'x')).toBe(false);
  });

  it('of nobody are wrong, after the same work', async () => {
    const phc = await passwords.hash('x');
    const timeOf = async (hash: string | null) => {
      const started = performance.now();
      for (let n = 0; n < 5; n++) await passwords.verify(hash, 'y');
      return performance.now() - started;
    };
    expect(await passwords.verify(null, 'the password of nobody')).toBe(false);
    const [known, unknown] = [await timeOf(phc), await timeOf(null)];
    expect(unknown).toBeGreaterThan(known / 3);
  });

  it('wait in line, and are refused when the line is long', async () => {
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => passwords.verify(null, 'x')));
    const refused = all.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(3);
    expect(refused[0]).toMatchObject({ reason: { code: 'OVERLOADED' } });
    expect(await passwords.verify(null, 'x')).toBe(false);
  });
});
