import { hash, verify, type Options } from '@node-rs/argon2';
import { DomainError } from '@higress/kernel';

export interface PasswordsOptions {
  /** Hashes at the same time; 2 unless told. Each takes 19 MiB and a thread. */
  readonly concurrency?: number;
  /** Callers that may wait for their turn; 64 unless told. */
  readonly maxWaiting?: number;
}

/** Argon2id with OWASP's parameters: 19 MiB, two passes. `algorithm` 2 is Argon2id; the package declares its enum for TypeScript alone. */
const ARGON2ID: Options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Passwords are hashed slowly on purpose, so few at a time: a flood of logins must not starve everything else in the process. */
export class Passwords {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #concurrency: number;
  readonly #maxWaiting: number;
  /** What an unknown user's password is compared with, so that the answer takes as long as for a known one. */
  readonly #nobody: Promise<string>;

  constructor({ concurrency = 2, maxWaiting = 64 }: PasswordsOptions = {}) {
    this.#concurrency = concurrency;
    this.#maxWaiting = maxWaiting;
    this.#nobody = this.hash('the password of nobody');
  }

  /** @returns in PHC form. @throws DomainError OVERLOADED */
  hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(password, ARGON2ID));
  }

  /**
   * @param phc the stored hash; null where there is no such user: takes the same time and is always false
   * @throws DomainError OVERLOADED when too many wait already
   */
  async verify(phc: string | null, password: string): Promise<boolean> {
    const against = phc ?? (await this.#nobody);
    const isRight = await this.#inTurn(() => verify(against, password).catch(() => false));
    return isRight && phc !== null;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#concurrency) await this.#turn();
    else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  /** The one who finishes hands its place over, so that nobody overtakes. */
  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#maxWaiting) throw new DomainError('OVERLOADED', { retryAfterMs: 1000 });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
