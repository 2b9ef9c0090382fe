import { Client, type ClientConfig } from 'pg';
import { errorCode } from './error-code';

const READ_ONLY = '25006';

/**
 * A pg client that ends itself when its connection is of no more use although the socket lives: when an answer did not come within `query_timeout`
 * (the next query would wait behind it for ever), and when the server has become read-only (a demoted primary). The pool then opens another one.
 */
export class SturdyClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    const query: (...call: unknown[]) => unknown = this.query.bind(this);
    const watched = (...call: unknown[]): unknown => {
      const answer = query(...call);
      if (answer instanceof Promise) answer.catch((error: unknown) => this.endIfUseless(error));
      return answer;
    };
    this.query = watched as Client['query'];
  }

  private endIfUseless(error: unknown): void {
    if (errorCode(error) === READ_ONLY || (error instanceof Error && error.message === 'Query read timeout')) void this.end();
  }
}
