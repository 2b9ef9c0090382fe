import { type CompletionRequest, DomainError } from '@higress/kernel';
import { estimatePromptTokens } from '@higress/pricing';
import { Fields, isObject, type Json } from '../canonical/fields';
import { compact, listIn, objectIn } from '../canonical/loose';
import { isCount } from '../canonical/usage-count';
import { invalid, readModel } from '../chat-request';
import type { ScannedJson } from '../scan-json';
import type { RerankAsked, RerankDocument, RerankGiven } from './rerank-shapes';
import { countSearches } from './count-searches';
import type { ClientService, ServiceAnswerTarget, ServiceForm } from './service';
import { totalUsage } from './total-usage';

const KNOWN = new Set(['model', 'query', 'documents', 'top_n', 'return_documents', 'max_tokens_per_doc', 'rank_fields']);
/** Members that only Cohere's clients send. */
const COHERES = ['max_tokens_per_doc', 'max_chunks_per_doc', 'rank_fields', 'priority'];

/** Rerank in Cohere's form and in Jina's, which most servers of OpenAI's form share: one path, told apart by what the caller sends. */
export const rerankService: ClientService<'rerank'> = { read, formOf, decode, usageOf: ({ results, usage }) => usageOf(results, usage), unitsOf, encode };

function read({ value }: ScannedJson): CompletionRequest {
  const model = readModel(value);
  const { query, documents } = value;
  if (!(typeof query === 'string' && query !== '') && !isObject(query)) throw invalid('query', 'is required and must be a string');
  if (!Array.isArray(documents) || documents.length === 0 || !documents.every((one) => typeof one === 'string' || isObject(one))) throw invalid('documents', 'must be a non-empty array of strings or objects');
  const queryTokens = estimatePromptTokens(query);
  const tokens = documents.map((one) => estimatePromptTokens(one));
  // A reranker reads the question beside each document.
  const estimatedInputTokens = tokens.reduce((sum, own) => sum + own + queryTokens, 0);
  return { model, stream: false, includeUsage: false, maxOutputTokens: 0, choices: 1, estimatedInputTokens, units: { searches: countSearches(queryTokens, tokens) } };
}

/** Jina's, unless the path or a member is Cohere's: what both send is answered alike but for the wrapping. */
function formOf(body: Json, target: string): ServiceForm {
  return /\/v2\/rerank(\?|$)/.test(target) || COHERES.some((name) => body[name] !== undefined) ? 'cohere' : 'jina';
}

function decode(body: Json, form: ServiceForm): RerankAsked {
  const fields = new Fields(body);
  const query = typeof body.query === 'string' ? body.query : textOf(body.query, undefined, 'query');
  const wanted = fields.texts('rank_fields');
  const documents = (body.documents as unknown[]).map((one, i): RerankDocument => (typeof one === 'string' ? { text: one, given: one } : { text: textOf(one, wanted, `documents[${i}]`), given: one as Json }));
  return compact({ query, documents, topN: fields.count(1, 'top_n'), returnDocuments: fields.flag('return_documents') ?? form === 'jina', maxTokensPerDoc: fields.count(1, 'max_tokens_per_doc'), extras: fields.rest(KNOWN) });
}

/** The text of a document that is an object: its `text`, or the fields that are to be ranked by, a line each. */
function textOf(value: unknown, wanted: readonly string[] | undefined, param: string): string {
  const fields = objectIn(value);
  if (wanted === undefined && typeof fields.text === 'string') return fields.text;
  const lines = Object.entries(fields).filter(([name, one]) => (wanted === undefined || wanted.includes(name)) && ['string', 'number', 'boolean'].includes(typeof one));
  if (lines.length === 0 || typeof fields.image === 'string') throw new DomainError('UNSUPPORTED_PARAMETER', { message: `'${param}' has no text, and the provider of this model reads nothing else.`, param });
  return lines.map(([name, one]) => `${name}: ${String(one)}`).join('\n');
}

function usageOf(results: unknown, usage: unknown) {
  if (!Array.isArray(results)) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  return totalUsage(usage);
}

/** Cohere tells what it bills. */
function unitsOf({ meta }: Json) {
  const searches = objectIn(objectIn(meta).billed_units).search_units;
  return isCount(searches) ? { searches } : undefined;
}

function encode({ id, results }: RerankGiven, { documents, returnDocuments, topN }: RerankAsked, { model, requestId, form, usage }: ServiceAnswerTarget): Json {
  const best = results.slice(0, topN).map(({ index, score }) => ({ index, relevance_score: score, ...(returnDocuments && { document: shown(documents[index]) }) }));
  if (form === 'cohere') return { id: id ?? requestId, results: best, meta: { api_version: { version: '2' }, billed_units: { search_units: usage.units?.searches ?? 1 } } };
  return { model, object: 'list', usage: { prompt_tokens: usage.inputTokens, total_tokens: usage.inputTokens }, results: best };
}

function shown(document: RerankDocument | undefined): Json {
  const { given = '' } = document ?? {};
  return typeof given === 'string' ? { text: given } : given;
}

/** Results as every provider tells them. @throws DomainError UPSTREAM_INVALID_RESPONSE for a place that no document has */
export function readResults(results: unknown, { documents }: RerankAsked): RerankGiven['results'] {
  if (!Array.isArray(results)) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  const read = listIn(results).map((one) => {
    const { index, relevance_score: score } = objectIn(one);
    if (typeof index !== 'number' || !(index in documents) || typeof score !== 'number' || !Number.isFinite(score)) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
    return { index, score };
  });
  return read.sort((a, b) => b.score - a.score);
}
