export * from './src/management-client';
export type * from './src/operations.generated';
