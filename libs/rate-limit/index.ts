export type { ResolvedLimits } from './src/limits';
export type { Permit } from './src/permit';
export * from './src/rate-limit-headers';
export { RateLimitRefusal } from './src/rate-limit-refusal';
export * from './src/rate-limiter';
export type { AdmitDemand, ScopeDemand, ScopeName } from './src/scope';
export type { RateLimitView } from './src/view';
