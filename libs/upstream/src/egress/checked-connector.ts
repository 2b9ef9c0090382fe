import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { buildConnector } from 'undici';
import type { EgressRules } from './egress-rules';

/** Every address that a name has now. */
export type Resolve = (host: string, callback: (error: Error | null, addresses: LookupAddress[]) => void) => void;

const asked = new Map<string, Parameters<Resolve>[1][]>();

/**
 * The system's resolver. It works in a small pool of threads that files and hashes share, so a name is asked for once at a time
 * however many connections wait for it: a resolver that hangs must not take all threads.
 */
export const systemResolve: Resolve = (host, callback) => {
  const waiting = asked.get(host);
  if (waiting) return void waiting.push(callback);
  const callbacks = [callback];
  asked.set(host, callbacks);
  lookup(host, { all: true, verbatim: true }, (error, addresses) => {
    asked.delete(host);
    for (const answer of callbacks) answer(error, addresses);
  });
};

/** The connection was not made in time. */
export class ConnectTimeout extends Error {
  override readonly name = 'ConnectTimeout';
}

/** Resolves once, refuses the name when any of its addresses is refused, and hands on what was checked: no second answer is asked for. */
function checkedLookup(rules: EgressRules, resolve: Resolve): LookupFunction {
  return (host, options, callback) => {
    resolve(host, (error, addresses) => {
      const [first] = addresses ?? [];
      try {
        if (error || !first) throw error ?? new Error('the name has no address');
        for (const { address } of addresses) rules.checkAddress(address, host);
      } catch (refusal) {
        return callback(refusal as Error, []);
      }
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/**
 * Opens sockets for undici, and only to addresses that the rules allow; TLS and the Host field keep the name.
 * @param connectMs  for everything until the connection can be used: resolver, TCP and TLS
 */
export function checkedConnector(rules: EgressRules, connectMs: number, resolve: Resolve = systemResolve): buildConnector.connector {
  // undici's own clock ticks in half seconds.
  const connect = buildConnector({ timeout: 0, lookup: checkedLookup(rules, resolve) });
  return (options, callback) => {
    if (isIP(options.hostname)) rules.checkAddress(options.hostname);
    let isOver = false;
    const socket = connect(options, (error, connected) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      if (error) callback(error, null);
      else callback(null, connected);
    }) as unknown as Socket;
    const timer = setTimeout(() => {
      isOver = true;
      socket.destroy();
      callback(new ConnectTimeout('no connection in time'), null);
    }, connectMs);
  };
}
