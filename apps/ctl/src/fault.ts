/** What went wrong and how to mend it, in one line for an operator. Exits with 1. */
export class Fault extends Error {
  override readonly name = 'Fault';
}
