/** `docs/errors.md`: every code with its status and what each dialect calls it. */
export function errorsPage(table) {
  const lines = [
    '# Errors',
    '',
    '> Generated from `libs/kernel/src/error-table.ts` by `npm run generate`. Do not edit.',
    '',
    'One domain error, formatted in the dialect of the path: OpenAI under `/v1` and `/internal/v1`, Anthropic under `/v1/messages`, Gemini under `/v1beta`, `{id, message, code}` under `/v2`, and',
    '`{code, message, source, trace_id}` under `/api/v1`. Where OpenAI has the same error its code is in `code` and ours in `gateway_code`. Errors that waiting does not',
    'mend carry `x-should-retry: false`; those that it does carry `Retry-After`. `trace_id` is the `x-request-id` of the answer, and leads to the log line.',
    '',
    'A provider’s own 4xx about the request keeps its status and message. Its 401, 402 and 403 are about our account there, and become 502 `UPSTREAM_ERROR`.',
    '',
    '| HTTP | code | OpenAI `type` / `code` | Anthropic `type` | Gemini `status` | retry | meaning |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ];
  const rows = Object.entries(table).sort(([, a], [, b]) => a.http - b.http);
  for (const [code, row] of rows) {
    lines.push(`| ${row.http} | \`${code}\` | \`${row.openai}\` / \`${row.openaiCode ?? code}\` | \`${row.anthropic}\` | \`${row.gemini}\` | ${row.retryable ? 'yes' : 'no'} | ${row.text} |`);
  }
  return `${lines.join('\n')}\n`;
}
