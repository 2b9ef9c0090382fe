import type { CanonicalRequest } from '@higress/kernel';
import type { Json } from '../canonical/fields';
import type { Loss } from '../canonical/loss';
import { compact } from '../canonical/loose';

/** Models that sample as they like, and refuse to be told. */
const UNTOLD = /(opus|sonnet|haiku)-4-[7-9]|(opus|sonnet|haiku|fable|mythos)-[5-9]/;
/** Models that are told a temperature or a `top_p`, and refuse both at once. */
const EITHER = /opus-4-[1-6]|(sonnet|haiku)-4-[56]/;
/** OpenAI's scale goes to 2, Anthropic's to 1. */
const WARMEST = 1;

/** How a model of Anthropic's is told to sample. What is left out is named, unless it says no more than the model does by itself. */
export function planSampling({ temperature, topP, topK }: CanonicalRequest, model: string, thinks: boolean, loss: Loss): Json {
  const drop = (name: string, value: number | undefined, neutral?: number) => {
    if (value !== undefined && value !== neutral) loss.hint(name);
    return undefined;
  };
  const isUntold = UNTOLD.test(model);
  const warmth = isUntold || thinks ? drop('temperature', temperature, WARMEST) : temperature !== undefined && temperature > WARMEST ? (drop('temperature', temperature), WARMEST) : temperature;
  const isOne = isUntold || (EITHER.test(model) && warmth !== undefined);
  return compact({ temperature: warmth, top_p: isOne ? drop('top_p', topP, 1) : topP, top_k: isUntold ? drop('top_k', topK) : topK });
}
