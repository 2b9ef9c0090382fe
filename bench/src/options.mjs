import { parseArgs } from 'node:util';

export const SCENARIOS = ['json-1', 'json-64', 'json-256', 'rate-200', 'burst-32', 'burst-32-translated', 'paced-500', 'overload', 'two-processes'];
export const SYSTEMS = ['floor', 'peer', 'gateway'];

export const HELP = `npm run bench -- [options]

  --quick            two short rounds: shows that everything works, its numbers are rough
  --rounds <n>       rounds to take medians over (5; 2 with --quick)
  --only <a,b>       scenarios: ${SCENARIOS.join(', ')}
  --systems <a,b>    ${SYSTEMS.join(', ')}
  --node <path|24>   the Node that the systems run on; a bare major is fetched from npm into tmp/
  --json <file>      everything measured, as JSON
  --docs             write the result into docs/performance.md
  --no-build         measure dist/ as it is
  --profile <name>   CPU profile of the gateway during one scenario, instead of a measurement
  --port <n>         first of the 30 ports used (18800)
`;

/**
 * @throws {Error} with a sentence for a human
 */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string' },
      systems: { type: 'string' },
      node: { type: 'string', default: process.execPath },
      json: { type: 'string' },
      docs: { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      profile: { type: 'string' },
      port: { type: 'string', default: '18800' },
      help: { type: 'boolean', default: false },
    },
  });
  const scenarios = chosen('--only', values.profile ?? values.only, SCENARIOS);
  return {
    ...values,
    rounds: atLeastOne('--rounds', values.rounds ?? (values.quick ? '2' : '5')),
    port: atLeastOne('--port', values.port),
    scenarios,
    systems: values.profile ? ['gateway'] : chosen('--systems', values.systems, SYSTEMS),
    build: !values['no-build'],
  };
}

function chosen(name, text, known) {
  if (text === undefined) return known;
  const names = text.split(',').map((part) => part.trim());
  const stranger = names.find((each) => !known.includes(each));
  if (stranger !== undefined) throw new Error(`${name}: "${stranger}" is none of ${known.join(', ')}`);
  return known.filter((each) => names.includes(each));
}

function atLeastOne(name, text) {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`${name}: "${text}" is not a whole number above 0`);
  return Number(text);
}
