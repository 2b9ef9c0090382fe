const SIGNS = { yes: '✓', dropped: '–', refused: '✗' };

function table(features, rows) {
  const lines = [`| | ${rows.map(({ name }) => name).join(' | ')} |`, `| --- |${' --- |'.repeat(rows.length)}`];
  features.forEach(({ name }, i) => lines.push(`| ${name} | ${rows.map(({ carried }) => SIGNS[carried[i]]).join(' | ')} |`));
  return lines;
}

/** `docs/compatibility.md`: what each dialect can say and each provider can be asked, found by asking their translators. */
export function compatibilityPage({ FEATURES, KNOWN_SERVERS, MEDIA_FEATURES, SERVICE_FEATURES, dialectCompatibility, mediaCompatibility, providerCompatibility, serviceCompatibility }) {
  const providers = providerCompatibility();
  const own = providers.slice(0, providers.length - KNOWN_SERVERS.length);
  return `${[
    '# Compatibility',
    '',
    '> Generated from the translators of `libs/wire` and `libs/providers` by `npm run generate`. Do not edit.',
    '',
    'Any dialect in reaches any provider out. What a client can ask is the first table, what a provider can be asked the other two; a feature works where both say so.',
    'Where client and provider speak the same dialect nothing is translated: the bytes pass, and the provider judges them by itself.',
    '',
    '✓ passed on · – a mere hint, dropped and named in `x-gateway-dropped-params` · ✗ refused with 400 `UNSUPPORTED_PARAMETER`, or dropped and named where the request has `x-gateway-drop-params: true`',
    '',
    '## What clients can ask',
    '',
    ...table(FEATURES, dialectCompatibility()),
    '',
    '## Providers with a dialect of their own',
    '',
    ...table(FEATURES, own),
    '',
    '## Servers of OpenAI’s form',
    '',
    'Recognised by the host of `base_url`. A server that is not in the list gets what nearly all of them take: as vllm, without video and with files.',
    '',
    ...table(FEATURES, providers.slice(own.length)),
    '',
    '## Beside conversations',
    '',
    'Services have one client form each, OpenAI’s, but for rerank, which has two: [services.md](services.md). ✓ passes or is translated; ✗ is refused with 400 `UNSUPPORTED_PARAMETER`.',
    'Servers of OpenAI’s form judge by themselves what they are not known to lack.',
    '',
    `| | ${SERVICE_FEATURES.map(({ name }) => name).join(' | ')} |`,
    `| --- |${' --- |'.repeat(SERVICE_FEATURES.length)}`,
    ...serviceCompatibility().map(({ name, carried }) => `| ${name} | ${carried.map((one) => SIGNS[one]).join(' | ')} |`),
    '',
    '## Pictures and sound',
    '',
    '✓ passes as bytes, or is told to Google in its own words: [media.md](media.md). ✗ is refused with 400 `UNSUPPORTED_PARAMETER`.',
    '',
    `| | ${MEDIA_FEATURES.map(({ name }) => `\`${name}\``).join(' | ')} |`,
    `| --- |${' --- |'.repeat(MEDIA_FEATURES.length)}`,
    ...mediaCompatibility().map(({ name, carried }) => `| ${name} | ${carried.map((one) => SIGNS[one]).join(' | ')} |`),
    '',
    '## Where they are',
    '',
    '| server | `base_url` |',
    '| --- | --- |',
    ...KNOWN_SERVERS.map(({ name, baseUrl }) => `| ${name} | \`${baseUrl}\` |`),
  ].join('\n')}\n`;
}
