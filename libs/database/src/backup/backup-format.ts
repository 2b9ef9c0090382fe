import { z } from 'zod';

/*
 * A backup is text under gzip: a line of JSON that says what it is; of each table a line of JSON, its rows as COPY writes them, a line `\.`, and a line of JSON with their number and
 * SHA-256; and a last line of JSON, without which it was cut off. Tables are in an order in which each comes after those that it refers to.
 */
export const FORMAT = 'ai-higress-gateway backup 1';

export const headerSchema = z.object({ format: z.literal(FORMAT), at: z.iso.datetime(), schema: z.array(z.string()), months: z.array(z.string().regex(/^\d{4}_\d{2}$/)) });
export const tableSchema = z.object({ table: z.string(), columns: z.array(z.string()) });
export const sumSchema = z.object({ rows: z.number().int(), sha256: z.string() });
export const endSchema = z.object({ tables: z.number().int(), rows: z.number().int() });

export type BackupHeader = z.output<typeof headerSchema>;

/** What is wrong with a backup, or with the place that it should go to; for an operator to read. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}
