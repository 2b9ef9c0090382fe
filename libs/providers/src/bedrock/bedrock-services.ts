import type { ServiceWays } from '@higress/wire';
import { cohereInvoke } from './cohere-invoke';
import { rerankInvoke } from './rerank-invoke';
import { titanEmbed } from './titan-embed';

/** Each family of models has words of its own; the family is part of a model's id, with a region before it or not. */
const FAMILIES: readonly { readonly model: RegExp; readonly ways: ServiceWays }[] = [
  { model: /amazon\.titan-embed-(text|g1)/, ways: { embeddings: { translator: titanEmbed } } },
  { model: /cohere\.embed-/, ways: { embeddings: { translator: cohereInvoke } } },
  { model: /(cohere|amazon)\.rerank-/, ways: { rerank: { translator: rerankInvoke } } },
];
const NONE: ServiceWays = {};

export function bedrockServices(model: string): ServiceWays {
  return FAMILIES.find((family) => family.model.test(model))?.ways ?? NONE;
}
