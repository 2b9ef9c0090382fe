const content =
  'A gateway stands between those who ask and those who answer. It knows who asks, whether they may, what it costs and who answered last time; ' +
  'it passes the words on unchanged and writes down what was used. When an answer fails to come it asks elsewhere.';

/** The answer that upstream.c gives too: about 600 bytes, with usage. */
export const JSON_ANSWER = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'bench',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 180, completion_tokens: 60, total_tokens: 240 },
  system_fingerprint: 'fp_bench',
});
