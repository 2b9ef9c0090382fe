export { Upstream, type UpstreamOptions } from './src/upstream';
export type { UpstreamAnswer, UpstreamCall } from './src/answer/upstream-call';
export { readErrorBody } from './src/answer/read-error-body';
export { EgressRefused, EgressRules } from './src/egress/egress-rules';
export { checkedConnector, type Resolve } from './src/egress/checked-connector';
export { Breakers, type BreakerOptions, type Ticket } from './src/breakers/breakers';
export type { CircuitState } from './src/breakers/circuit';
export { CredentialRests, type CredentialChoice } from './src/pacing/credential-rests';
export { RetryBudget } from './src/pacing/retry-budget';
