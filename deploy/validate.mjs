/**
 * `node deploy/validate.mjs`: do the files of docker/ and deploy/ fit the code? After `npm run build`; needs no network, no Docker, no cluster.
 * docker-compose, nginx and helm are asked too where they are on PATH.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const faults = [];
const read = (path) => readFileSync(join(ROOT, path), 'utf8');

/** Names and defaults of all settings, from the generated example. */
const DEFAULTS = Object.fromEntries([...read('.env.example').matchAll(/^#?([A-Z][A-Z0-9_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
/** What gateway files refer to; no settings. */
const PROVIDER_VARIABLES = ['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'ANTHROPIC_API_KEY', 'GEMINI_API_KEY'];
/** How long a stopping gateway waits for Postgres to confirm its last charges. */
const FLUSH_SECONDS = 10;
const GRACE_SECONDS = Number(DEFAULTS.SHUTDOWN_GRACE_SECONDS);
const LEAST_GRACE = { gateway: Number(DEFAULTS.SHUTDOWN_DELAY_SECONDS) + GRACE_SECONDS + FLUSH_SECONDS, worker: GRACE_SECONDS };

function checkSettings(where, names) {
  for (const name of names) if (!(name in DEFAULTS) && !PROVIDER_VARIABLES.includes(name)) faults.push(`${where}: there is no setting ${name}`);
}

function checkGrace(where, app, seconds) {
  if (app in LEAST_GRACE && !(seconds >= LEAST_GRACE[app])) faults.push(`${where}: ${app} needs ${LEAST_GRACE[app]} s to stop in order, and is given ${seconds ?? 'the default'}`);
}

function checkGatewayFile(where, text) {
  const { readGatewayFile } = require('../dist/libs/catalog/index.js');
  try {
    readGatewayFile(text, process.env);
  } catch (error) {
    faults.push(`${where}: ${error.message}`);
  }
}

function checkCompose() {
  const { services } = parse(read('docker/docker-compose.yml'), { merge: true });
  for (const [name, service] of Object.entries(services)) {
    const app = service.build?.args.APP;
    if (!app) continue;
    checkSettings(`docker-compose.yml, ${name}`, Object.keys(service.environment));
    checkGrace('docker-compose.yml', app, Number.parseInt(service.stop_grace_period, 10));
    if (!existsSync(join(ROOT, 'apps', app, 'main.ts'))) faults.push(`docker-compose.yml, ${name}: there is no app ${app}`);
  }
  checkGatewayFile('docker/config/demo.yaml', read('docker/config/demo.yaml'));
}

function checkManifests() {
  const files = readdirSync(join(ROOT, 'deploy/kubernetes')).filter((name) => /\.yaml(\.example)?$/.test(name));
  for (const file of files) for (const document of parseAllDocuments(read(`deploy/kubernetes/${file}`))) checkManifest(file, document.toJS());
}

function checkManifest(file, { kind, metadata, data, stringData, spec }) {
  if (metadata.name === 'gateway-config' || kind === 'Secret') checkSettings(file, Object.keys(data ?? stringData));
  if (metadata.name === 'gateway-file') checkGatewayFile(file, data['gateway.yaml']);
  const pod = spec?.template?.spec;
  if (!pod) return;
  checkGrace(file, metadata.name, pod.terminationGracePeriodSeconds);
  checkSettings(file, (pod.containers[0].env ?? []).map(({ name }) => name));
  if (pod.enableServiceLinks !== false) faults.push(`${file}: with service links Kubernetes would set BOARD_PORT`);
}

function checkChartValues() {
  const values = parse(read('deploy/helm/ai-higress-gateway/values.yaml'));
  checkSettings('values.yaml', Object.keys(values.settings));
  for (const app of Object.keys(LEAST_GRACE)) checkGrace('values.yaml', app, values[app].terminationGracePeriodSeconds);
}

function ask(tool, args) {
  const { error, status, stdout, stderr } = spawnSync(tool, args, { cwd: ROOT, encoding: 'utf8' });
  if (error) return console.log(`  – ${tool} is not here, and was not asked`);
  console.log(`  ${status === 0 ? '✔' : '✘'} ${tool} ${args.join(' ')}`);
  if (status !== 0) faults.push(`${tool}: ${stdout}${stderr}`.trim());
}

checkCompose();
checkManifests();
checkChartValues();
ask('docker-compose', ['-f', 'docker/docker-compose.yml', 'config', '-q']);
ask('nginx', ['-t', '-q', '-c', join(ROOT, 'docker/nginx.conf'), '-g', 'pid /tmp/ai-higress-validate.pid;']);
ask('helm', ['lint', '--strict', 'deploy/helm/ai-higress-gateway']);
ask('helm', ['template', 'check', 'deploy/helm/ai-higress-gateway', '--kube-version', '1.29']);
for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? 'docker/ and deploy/ fit the code' : `${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
