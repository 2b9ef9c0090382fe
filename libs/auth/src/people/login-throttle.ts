import { createHash } from 'node:crypto';
import { DomainError } from '@higress/kernel';
import type { RedisConnection } from '@higress/redis';
import { BackOff, type BackOffRule } from './back-off';
import { networkOf } from './network-of';

const MINUTE_MS = 60_000;
/** One address on one account: for whoever has forgotten their password, and for whoever guesses it. */
const PER_PAIR: BackOffRule = { free: 5, baseMs: 1000, longestMs: 15 * MINUTE_MS, forgetMs: 60 * MINUTE_MS };
/** One account, over all addresses from which its owner has never signed in. */
const PER_ACCOUNT: BackOffRule = { free: 20, baseMs: 2000, longestMs: 5 * MINUTE_MS, forgetMs: 15 * MINUTE_MS };
/** Failures of one address, over all accounts. Wide enough for an office behind one address. */
const PER_ADDRESS: BackOffRule = { free: 30, baseMs: 1000, longestMs: 5 * MINUTE_MS, forgetMs: MINUTE_MS };

/**
 * How often a password may be guessed, over all processes. Strangers who guess at an account make each other wait, and never its owner:
 * an address from which the owner has signed in before is counted by itself.
 */
export class LoginThrottle {
  readonly #pairs: BackOff;
  readonly #accounts: BackOff;
  readonly #addresses: BackOff;

  constructor(
    redis: RedisConnection,
    private readonly prefix: string,
  ) {
    this.#pairs = new BackOff(redis, PER_PAIR);
    this.#accounts = new BackOff(redis, PER_ACCOUNT);
    this.#addresses = new BackOff(redis, PER_ADDRESS);
  }

  /** Counts an attempt from an address, on whatever account. @throws DomainError RATE_LIMIT_RPM */
  async admit(ip: string): Promise<void> {
    refuseFor(await this.#addresses.attempt(this.#address(ip)));
  }

  /**
   * Counts an attempt on an account, existing or not.
   * @param isFamiliar true when the account's owner has signed in from this address before
   * @throws DomainError RATE_LIMIT_RPM
   */
  async attempt(email: string, ip: string, isFamiliar: boolean): Promise<void> {
    refuseFor(await this.#pairs.attempt(this.#pair(email, ip)));
    if (!isFamiliar) refuseFor(await this.#accounts.attempt(this.#account(email)));
  }

  /** A right password: earlier mistakes on the account no longer count; those of the address on other accounts do. */
  forgive(email: string, ip: string, isFamiliar: boolean): void {
    this.#pairs.forgive(this.#pair(email, ip));
    this.#addresses.takeBack(this.#address(ip));
    if (!isFamiliar) this.#accounts.forgive(this.#account(email));
  }

  /** The same where nobody signs in: what the address did on other accounts stays counted, and keeps its wait. */
  forgiveAccount(email: string, ip: string): void {
    this.#pairs.forgive(this.#pair(email, ip));
  }

  #address(ip: string): string {
    return `${this.prefix}login:ip:${networkOf(ip)}`;
  }

  /** The e-mail address itself stays out of Redis. */
  #account(email: string): string {
    return `${this.prefix}login:account:${createHash('sha256').update(email.trim().toLowerCase()).digest('hex')}`;
  }

  #pair(email: string, ip: string): string {
    return `${this.#account(email)}:${networkOf(ip)}`;
  }
}

function refuseFor(waitMs: number): void {
  if (waitMs > 0) throw new DomainError('RATE_LIMIT_RPM', { message: 'Too many attempts to sign in. Wait, then try again.', retryAfterMs: waitMs });
}
