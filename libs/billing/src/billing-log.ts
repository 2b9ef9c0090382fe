/** Where billing says what it does, in pino's way: particulars first. */
export interface BillingLog {
  info(about: object, text: string): void;
  warn(about: object, text: string): void;
  error(about: object, text: string): void;
}
