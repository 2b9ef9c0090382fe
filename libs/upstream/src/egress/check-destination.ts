import { systemResolve, type Resolve } from './checked-connector';
import type { EgressRules } from './egress-rules';

/** A resolver that takes longer has nothing to say: the name is checked when it is called in any case. */
const RESOLVE_MS = 2_000;

/**
 * Checks, when a URL is saved, what can be known by then: the URL itself, and every address that its name has now. A name without any may get one
 * later. It spares an operator a provider that can never be called; what protects is the same check of the address that is dialled.
 * @throws EgressRefused
 */
export async function checkDestination(rules: EgressRules, url: string, resolve: Resolve = systemResolve): Promise<void> {
  rules.check(url);
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  for (const address of await addressesOf(host, resolve)) rules.checkAddress(address, host);
}

function addressesOf(host: string, resolve: Resolve): Promise<string[]> {
  return new Promise((done) => {
    const timer = setTimeout(() => done([]), RESOLVE_MS);
    resolve(host, (error, addresses) => {
      clearTimeout(timer);
      done(error ? [] : addresses.map(({ address }) => address));
    });
  });
}
