import type { NanoUsd } from './money';
import type { Secret } from './secret';

export const PROVIDER_DIALECTS = ['openai', 'anthropic', 'gemini', 'azure-openai', 'vertex', 'bedrock', 'cohere', 'simulator'] as const;
/** How a provider is spoken to. `simulator` answers in process and speaks OpenAI's dialect. */
export type ProviderDialect = (typeof PROVIDER_DIALECTS)[number];

/** How long each part of a provider's answer may take, in milliseconds. */
export interface ProviderTimeouts {
  readonly connectMs: number;
  /** From the request's last byte to the answer's first useful one. */
  readonly firstTokenMs: number;
  /** The same for an answer that is not streamed, whose first byte comes when all of it is there: `firstTokenMs` where the operator set it, else `totalMs`. */
  readonly wholeAnswerMs: number;
  /** Between two useful chunks; comments do not count. */
  readonly idleMs: number;
  readonly totalMs: number;
}

export interface Credential {
  readonly id: string;
  readonly value: Secret;
  /** Share of the calls, relative to the provider's other credentials. */
  readonly weight: number;
}

/** An endpoint that answers completions. */
export interface Provider {
  readonly id: string;
  readonly name: string;
  readonly dialect: ProviderDialect;
  /** Without a trailing slash; empty for the simulator. */
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeouts: ProviderTimeouts;
  readonly credentials: readonly Credential[];
}

/** What pictures, sound and searches cost, where that is not what text costs. Nano-USD per million tokens; `per…` in nano-USD for each. Absent: as text, or not known. */
export interface MediaPrice {
  readonly audioInput?: NanoUsd;
  readonly audioOutput?: NanoUsd;
  readonly imageInput?: NanoUsd;
  readonly imageOutput?: NanoUsd;
  readonly perImage?: NanoUsd;
  readonly perSecond?: NanoUsd;
  readonly perCharacter?: NanoUsd;
  readonly perSearch?: NanoUsd;
}

/** What a deployment costs. Token prices are nano-USD per million tokens; `perRequest` is nano-USD. */
export interface Price {
  readonly input: NanoUsd;
  readonly output: NanoUsd;
  readonly cachedInput: NanoUsd;
  readonly cacheWrite: NanoUsd;
  readonly reasoning: NanoUsd;
  readonly perRequest: NanoUsd;
  /** Tokens written to a cache that keeps them for an hour; absent: as `cacheWrite`. */
  readonly longCacheWrite?: NanoUsd;
  /** Absent where nothing but text has a price. */
  readonly media?: MediaPrice;
}

/** One way to serve a model: a provider and the name the model has there. */
export interface Deployment {
  readonly id: string;
  readonly provider: Provider;
  readonly upstreamModel: string;
  /** Lower is tried first. */
  readonly priority: number;
  /** Share of the calls among deployments of the same priority; 0 takes none while another lives. */
  readonly weight: number;
  /** Null: no price is known, and charged tenants are refused. A free deployment has a price of zeros. */
  readonly price: Price | null;
  /** Upper bound of the tokens that one answer may have; null where unknown. */
  readonly maxOutputTokens: number | null;
}

export const ROUTING_STRATEGIES = ['priority-weight'] as const;
export type RoutingStrategy = (typeof ROUTING_STRATEGIES)[number];

/** The name that clients ask for. */
export interface Model {
  readonly id: string;
  readonly name: string;
  /** The name with a `*` that this one was made from; absent where it is named as it is. Labels show it, because names that fit are without number. */
  readonly pattern?: string;
  readonly strategy: RoutingStrategy;
  readonly createdAt: Date;
  readonly deployments: readonly Deployment[];
}
