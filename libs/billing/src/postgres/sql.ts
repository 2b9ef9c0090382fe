/** Whatever runs one statement with its parameters: a pg `Pool`, a TypeORM `DataSource`, or an `EntityManager` inside a transaction. */
export interface Sql {
  query(text: string, values?: unknown[]): Promise<unknown>;
}

/** The rows of one statement. TypeORM hands them over as they are, pg in a result. */
export async function rowsOf<Row>(sql: Sql, text: string, values: unknown[] = []): Promise<Row[]> {
  const answer = await sql.query(text, values);
  return (Array.isArray(answer) ? answer : (answer as { rows: unknown[] }).rows) as Row[];
}
