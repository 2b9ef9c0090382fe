/** What goes wrong, and after how many pieces of content where that matters. */
export interface SimulatedFault {
  readonly kind:
    | 'status' | 'flaky' | 'refused' | 'timeout' | 'garbage' | 'broken-json' | 'empty' | 'redirect' | 'gzip' | 'huge'
    | 'reset' | 'hang' | 'cut' | 'error-midstream' | 'no-usage' | 'absurd-usage' | 'no-done' | 'crlf' | 'split' | 'comments' | 'endless';
  readonly amount: number;
}

export interface Behaviour {
  /** Milliseconds before the answer's first byte. */
  readonly firstMs: number;
  /** Milliseconds that each token takes. */
  readonly tokenMs: number;
  /** Exactly so many tokens of prose; null: as many as there is to say. */
  readonly tokens: number | null;
  /** The share of the prompt that usage calls cached, in percent. */
  readonly cachedPercent: number;
  /** Tokens that usage calls reasoning, on top of what is sent. */
  readonly reasoningTokens: number;
  /** The answer is the last user message, word for word. */
  readonly echo: boolean;
  readonly fault: SimulatedFault | null;
}

const DEFAULT: Behaviour = { firstMs: 40, tokenMs: 10, tokens: null, cachedPercent: 0, reasoningTokens: 0, echo: false, fault: null };
const MAX_TOKENS = 100_000;

type Option = readonly [word: RegExp, effect: (amount: number) => Partial<Behaviour>];
const fault = (kind: SimulatedFault['kind'], form: string = kind): Option => [new RegExp(`^-${form}(?=-|$)`), (amount) => ({ fault: { kind, amount } })];

/**
 * | upstream model | what it does |
 * | --- | --- |
 * | `sim`, or any name that does not begin with `sim-` | answers; 40 ms to the first byte, 10 ms a token |
 * | `sim-fast` | answers without delays |
 * | `sim-slow` | 1.5 s to the first byte, 120 ms a token |
 * | `sim-first-<ms>`, `sim-pace-<ms>` | that long to the first byte; that long for each token |
 * | `sim-tokens-<n>` | exactly n tokens of prose, unless the request allows fewer |
 * | `sim-cached-<percent>`, `sim-reasoning-<n>` | usage with that share of the prompt cached; with n reasoning tokens more |
 * | `sim-echo` | the last user message, word for word |
 * | `sim-status-<code>` | that status with an error in OpenAI's form; 429 and 503 bring `retry-after: 2` |
 * | `sim-flaky-<percent>` | 500 for that share of the seeds, else answers |
 * | `sim-refused` | the connection is refused |
 * | `sim-timeout` | not even headers, ever |
 * | `sim-reset-<n>` | the connection breaks after n pieces of content; 0: before the first byte |
 * | `sim-hang-<n>` | says nothing more after n pieces of content; 0: headers and the opening chunk only |
 * | `sim-cut-<n>` | the stream ends in good order after n pieces, without finish, usage or `[DONE]` |
 * | `sim-error-midstream` | an error event after three pieces; without stream a 500 |
 * | `sim-endless` | content that never ends, whatever the request allows |
 * | `sim-comments` | a comment every 100 ms and never an event; without stream the same as `sim-hang-0` |
 * | `sim-no-usage`, `sim-absurd-usage` | no usage although it was asked for; negative and astronomic numbers |
 * | `sim-no-done`, `sim-crlf`, `sim-split` | no `[DONE]`; CRLF line ends; chunks that end in the middle of a character |
 * | `sim-garbage`, `sim-broken-json`, `sim-empty` | HTML with 200; JSON cut short; 204 |
 * | `sim-redirect`, `sim-gzip`, `sim-huge` | 302 to a metadata address; claims gzip; 4 MiB in one line |
 *
 * Words combine: `sim-fast-tokens-100-reset-5`. An unknown word is an unknown model (404).
 */
const OPTIONS: readonly Option[] = [
  [/^-fast(?=-|$)/, () => ({ firstMs: 0, tokenMs: 0 })],
  [/^-slow(?=-|$)/, () => ({ firstMs: 1500, tokenMs: 120 })],
  [/^-first-(\d{1,7})(?=-|$)/, (amount) => ({ firstMs: amount })],
  [/^-pace-(\d{1,6})(?=-|$)/, (amount) => ({ tokenMs: amount })],
  [/^-tokens-(\d{1,7})(?=-|$)/, (amount) => ({ tokens: Math.min(amount, MAX_TOKENS) })],
  [/^-cached-(\d{1,3})(?=-|$)/, (amount) => ({ cachedPercent: Math.min(amount, 100) })],
  [/^-reasoning-(\d{1,6})(?=-|$)/, (amount) => ({ reasoningTokens: amount })],
  [/^-echo(?=-|$)/, () => ({ echo: true })],
  fault('status', 'status-([2-5]\\d\\d)'),
  fault('flaky', 'flaky-(\\d{1,3})'),
  fault('reset', 'reset-(\\d{1,7})'),
  fault('hang', 'hang-(\\d{1,7})'),
  fault('cut', 'cut-(\\d{1,7})'),
  fault('refused'),
  fault('timeout'),
  fault('garbage'),
  fault('broken-json'),
  fault('empty'),
  fault('redirect'),
  fault('gzip'),
  fault('huge'),
  fault('error-midstream'),
  fault('no-usage'),
  fault('absurd-usage'),
  fault('no-done'),
  fault('crlf'),
  fault('split'),
  fault('comments'),
  fault('endless'),
];

/** Reads an upstream model's name by the table above; null where it asks for something that the simulator does not know. */
export function behaviourOf(model: string): Behaviour | null {
  let behaviour = DEFAULT;
  for (let rest = /^sim(?=-)/.test(model) ? model.slice(3) : ''; rest !== ''; ) {
    let read: RegExpExecArray | null = null;
    for (const [word, effect] of OPTIONS) {
      read = word.exec(rest);
      if (!read) continue;
      behaviour = { ...behaviour, ...effect(Number(read[1] ?? 0)) };
      break;
    }
    if (!read) return null;
    rest = rest.slice(read[0].length);
  }
  return behaviour;
}
