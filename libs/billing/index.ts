export * from './src/billing';
export * from './src/billing-log';
export * from './src/hold/hold-draft';
export { Holds } from './src/hold/holds';
export * from './src/hold/progress';
export type { Sql } from './src/postgres/sql';
export * from './src/settle/settle-record';
export { Settler } from './src/settle/settler';
