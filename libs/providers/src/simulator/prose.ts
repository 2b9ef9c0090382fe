const QUOTED_CHARS = 400;

/** Said in an order that depends on the prompt; together about a hundred tokens. */
const SENTENCES = [
  'The same question always gets the same answer here, so a test can rely on it.',
  'Every token that you read is counted, and the usage at the end says how many there were.',
  'A real provider would now think about your words; this one only measures them.',
  'Ask for fewer tokens and the answer stops early, with the reason at its end.',
  'Streams arrive piece by piece, at the pace that the name of the model asks for.',
  'Characters beyond ASCII travel too: café, naïve, 你好, and 🚀.',
  'When everything works with the simulator, change the base URL of the provider and nothing else.',
];

/** What the simulator says of a prompt: who it is, what it was told, and some sentences picked by `seed`. */
export function proseAbout(userText: string, toolResult: string | null, seed: number): string {
  const quoted = (text: string) => `“${text.length > QUOTED_CHARS ? `${text.slice(0, QUOTED_CHARS)}…` : text}”`;
  const heard = toolResult === null ? `You said: ${quoted(userText)}` : `The tool answered: ${quoted(toolResult)}`;
  const said = [0, 1, 2].map((i) => SENTENCES[(seed + i * 3) % SENTENCES.length]);
  return [`This is the simulator of the gateway; no model was called. ${heard}`, ...said].join(' ');
}

/** Sentences without end, for answers of a given length. */
export function* proseForever(seed: number): Generator<string, never> {
  for (let i = seed % SENTENCES.length; ; i++) yield `${SENTENCES[i % SENTENCES.length]} `;
}
