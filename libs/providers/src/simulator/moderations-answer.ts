import type { Behaviour } from './behaviour';
import type { Simulation } from './simulation';
import { refusal, type SimulatedAnswer } from './simulated-answer';
import { wholeBody } from './whole-body';

/** OpenAI's categories, each with a word that the simulator takes offence at. */
const CATEGORIES: Readonly<Record<string, RegExp>> = {
  harassment: /\bidiot\b/i, 'harassment/threatening': /\bwatch your back\b/i, hate: /\bhate\b/i, 'hate/threatening': /\bwipe them out\b/i, illicit: /\bpick a lock\b/i, 'illicit/violent': /\bbuild a bomb\b/i, 'self-harm': /\bhurt myself\b/i,
  'self-harm/intent': /\bi will hurt myself\b/i, 'self-harm/instructions': /\bhow to hurt myself\b/i, sexual: /\bnude\b/i, 'sexual/minors': /\bunder age\b/i, violence: /\bkill\b/i, 'violence/graphic': /\bblood everywhere\b/i,
};
const SURE = 0.98;
const UNLIKELY = 0.0001;

/** A text, or the texts of a list of parts; null where it is neither. */
function textsOf(input: unknown): string[] | null {
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input) || input.length === 0) return null;
  if (input.every((one) => typeof one === 'string')) return input;
  // Parts of one input: their texts are judged together, pictures are not looked at.
  const parts = input.map((part) => (typeof part === 'object' && part !== null ? (part as Record<string, unknown>) : null));
  return parts.every((part) => part !== null) ? [parts.map((part) => (typeof part['text'] === 'string' ? part['text'] : '')).join(' ')] : null;
}

function judge(text: string) {
  const categories = Object.fromEntries(Object.entries(CATEGORIES).map(([name, words]) => [name, words.test(text)]));
  const scores = Object.fromEntries(Object.entries(categories).map(([name, is]) => [name, is ? SURE : UNLIKELY]));
  const applied = Object.fromEntries(Object.entries(categories).map(([name, is]) => [name, is ? ['text'] : []]));
  return { flagged: Object.values(categories).includes(true), categories, category_scores: scores, category_applied_input_types: applied };
}

/** Moderations in OpenAI's form, by a few words; deterministic. */
export function moderationsAnswer(call: Simulation, { firstMs, fault }: Behaviour): SimulatedAnswer {
  const texts = textsOf((call.body as Record<string, unknown> | null)?.['input']);
  if (!texts) return refusal(400, "Invalid 'input': expected a text, texts, or parts.", 'input', firstMs);
  return wholeBody(Buffer.from(JSON.stringify({ id: `modr-${call.id}`, model: call.model, results: texts.map(judge) })), firstMs, fault);
}
