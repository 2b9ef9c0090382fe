import type { Logger } from 'typeorm';

/** Hands every statement to a listener, and is silent otherwise: what goes wrong is thrown, and logged by who catches it. */
export class SqlLog implements Logger {
  constructor(private readonly onStatement: (sql: string) => void) {}

  logQuery(sql: string): void {
    this.onStatement(sql);
  }

  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}
