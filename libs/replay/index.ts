export * from './src/kept-answer';
export * from './src/idempotency/idempotency-key';
export { type Claim, type ClaimAsked, IdempotentAnswers, type IdempotentAnswersOptions } from './src/idempotency/idempotent-answers';
export * from './src/cache/answer-key';
export * from './src/cache/lead';
export * from './src/cache/response-cache';
export { type Keeping, MOST_CHAIN_BYTES, MOST_IN_CHAIN, type StoredResponse, StoredResponses, type StoredResponsesOptions } from './src/responses/stored-responses';
export * from './src/sealed-in-replay';
