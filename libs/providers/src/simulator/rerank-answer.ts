import type { Behaviour } from './behaviour';
import { hashOf } from './hash';
import type { Simulation } from './simulation';
import { refusal, type SimulatedAnswer } from './simulated-answer';
import { countTokens } from './tokens';
import { wholeBody } from './whole-body';

const MAX_DOCUMENTS = 1_000;

function textOf(document: unknown): string | null {
  if (typeof document === 'string') return document;
  const text = typeof document === 'object' && document !== null ? (document as Record<string, unknown>)['text'] : undefined;
  return typeof text === 'string' ? text : null;
}

const wordsOf = (text: string) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);

/** The share of the question's words that the document has, and a hair's breadth of its own so that no two are alike. */
function scoreOf(question: ReadonlySet<string>, document: string): number {
  const words = wordsOf(document);
  const shared = [...question].filter((word) => words.has(word)).length;
  return Number(((shared / Math.max(1, question.size)) * 0.99 + (hashOf(document) % 1000) / 100_000).toFixed(6));
}

/** Documents in the order of their likeness to the question, in Jina's form; deterministic. */
export function rerankAnswer(call: Simulation, { firstMs, fault }: Behaviour): SimulatedAnswer {
  const body = (typeof call.body === 'object' && call.body !== null ? call.body : {}) as Readonly<Record<string, unknown>>;
  const { query, documents, top_n: topN } = body;
  if (typeof query !== 'string' || query === '') return refusal(400, "Invalid 'query': expected a text.", 'query', firstMs);
  const texts = Array.isArray(documents) ? documents.map(textOf) : [];
  if (texts.length === 0 || texts.length > MAX_DOCUMENTS || texts.includes(null)) return refusal(400, `Invalid 'documents': expected at most ${MAX_DOCUMENTS} texts.`, 'documents', firstMs);
  const question = wordsOf(query);
  const results = (texts as string[]).map((text, index) => ({ index, relevance_score: scoreOf(question, text), ...(body['return_documents'] !== false && { document: { text } }) }));
  results.sort((a, b) => b.relevance_score - a.relevance_score || a.index - b.index);
  const tokens = (texts as string[]).reduce((sum, text) => sum + countTokens(text) + countTokens(query), 0);
  const usage = fault?.kind === 'no-usage' ? undefined : fault?.kind === 'absurd-usage' ? { prompt_tokens: -1, total_tokens: 9e15 } : { prompt_tokens: tokens, total_tokens: tokens };
  const best = typeof topN === 'number' && topN > 0 ? results.slice(0, topN) : results;
  return wholeBody(Buffer.from(JSON.stringify({ model: call.model, object: 'list', usage, results: best })), firstMs, fault);
}
