export * from './src/kept-answer';
export * from './src/idempotency/idempotency-key';
export * from './src/idempotency/idempotent-answers';
export * from './src/cache/answer-key';
export * from './src/cache/lead';
export * from './src/cache/response-cache';
