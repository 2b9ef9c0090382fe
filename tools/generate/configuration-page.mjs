/** `docs/configuration.md`: one table per group, and which service reads what. */
export function configurationPage(settings, apps) {
  const readers = (name) => Object.keys(apps).filter((app) => app !== 'ctl-database' && apps[app].includes(name)).join(', ');
  const lines = [
    '# Configuration',
    '',
    '> Generated from `libs/config/src/settings-table.ts` by `npm run generate`. Do not edit.',
    '',
    'Settings are environment variables. A `.env` file in the working directory adds to them; the environment wins. Each service validates only what it reads,',
    'at start and all at once: what is missing or wrong stops it with one line per problem, which names the variable and never its value.',
    '',
    'Providers, models, prices, tenants and keys are declared in a file of their own: see [gateway.yaml](gateway-yaml.md).',
  ];
  let group;
  for (const [name, { fallback, required, doc, group: of }] of Object.entries(settings)) {
    if (of !== group) lines.push('', `## ${of}`, '', '| setting | default | what it is for | read by |', '| --- | --- | --- | --- |');
    group = of;
    const given = required ? '**required**' : fallback === undefined ? '–' : fallback === '' ? 'empty' : `\`${fallback}\``;
    lines.push(`| \`${name}\` | ${given} | ${doc.replaceAll('|', '\\|')} | ${readers(name)} |`);
  }
  return `${lines.join('\n')}\n`;
}
