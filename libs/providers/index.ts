export * from './src/provider.adapter';
export { KNOWN_SERVERS, quirksOf } from './src/openai/known-servers';
export { openAiCompatible } from './src/openai/openai-compatible';
export { adapterFor, registry } from './src/registry';
export { MAX_RETRY_AFTER_MS, retryAfterMs } from './src/refusal/retry-after';
export * from './src/refusal/worth-of-failure';
export { simulate } from './src/simulator/simulate';
export type { Simulation } from './src/simulator/simulation';
export type { SimulatedAnswer, Step } from './src/simulator/simulated-answer';
