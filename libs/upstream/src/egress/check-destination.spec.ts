import { checkDestination, EgressRefused, EgressRules, type Resolve } from '../../index';

const rules = new EgressRules();
const resolving = (...addresses: string[]): Resolve => (_, done) => done(null, addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
const nobody: Resolve = (_, done) => done(new Error('ENOTFOUND'), []);

describe('a destination that is saved', () => {
  it.each([['8.8.8.8'], ['2606:4700:4700::1111']])('may have a name that leads to %s', async (address) => {
    await expect(checkDestination(rules, 'https://model.test/v1', resolving(address))).resolves.toBeUndefined();
  });

  it.each([['10.0.0.1'], ['169.254.169.254'], ['::1'], ['::ffff:10.0.0.1'], ['2002:a00:1::'], ['64:ff9b::a9fe:a9fe']])('may not have a name that leads to %s, beside whatever else', async (address) => {
    await expect(checkDestination(rules, 'https://model.test/v1', resolving('8.8.8.8', address))).rejects.toThrow(EgressRefused);
  });

  it('may not be a private address, and no resolver is asked about one', async () => {
    for (const url of ['http://127.1/v1', 'http://[::ffff:127.0.0.1]/v1', 'http://localhost/v1']) await expect(checkDestination(rules, url, () => { throw new Error('asked'); })).rejects.toThrow(EgressRefused);
  });

  it('may have a name that has no address yet', async () => {
    await expect(checkDestination(rules, 'https://later.test/v1', nobody)).resolves.toBeUndefined();
    await expect(checkDestination(rules, 'https://later.test/v1', resolving())).resolves.toBeUndefined();
  });
});
