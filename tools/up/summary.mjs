import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from '../workspace/root.mjs';

/**
 * Where everything is, and a call to paste.
 * @param {{ settings: import('./settings.mjs').UpSettings, services: { name: string, url: string }[], env: Record<string, string>,
 *   file: import('./gateway-file.mjs').GatewayFile, dataDir: import('./data-dir.mjs').DataDir, tookMs: number }} about
 * @returns {string}
 */
export function summary({ services, env, file, dataDir, tookMs }) {
  const gateways = services.filter(({ name }) => name.startsWith('gateway')).map(({ url }) => url);
  const board = services.find(({ name }) => name === 'board')?.url ?? '';
  const rows = [
    ['Gateway', gateways.join('  ')],
    ['API docs', `${gateways[0]}/docs`],
    ...(existsSync(join(ROOT, 'dist/apps/console')) ? [['Console', `${gateways[0]}/console`]] : []),
    ['Queue board', board],
    ['Owner', `${env.BOOTSTRAP_ADMIN_EMAIL}  ${env.BOOTSTRAP_ADMIN_PASSWORD}`],
    ['API key', file.key ?? `see ${short(file.path)}`],
    ['Models', `${short(file.path)}${file.isDemo ? ' (a demo; yours goes into gateway.yaml)' : ''}`],
    ['Logs', `${short(dataDir.at('logs'))}/`],
  ];
  const table = rows.map(([name, value]) => `  ${name.padEnd(12)} ${value}`).join('\n');
  return `\nEverything is up after ${(tookMs / 1000).toFixed(1)} s.\n\n${table}\n\nTry it:\n\n${exampleCall(gateways[0], file)}\n\nCtrl-C stops it all; the data stays in ${short(dataDir.path)}.\n`;
}

function exampleCall(gateway, { key, model }) {
  const body = JSON.stringify({ model: model ?? 'your-model', stream: true, messages: [{ role: 'user', content: 'Say hello' }] });
  return `curl -N ${gateway}/v1/chat/completions -H 'Authorization: Bearer ${key ?? '$YOUR_KEY'}' -H 'Content-Type: application/json' -d '${body}'`;
}

function short(path) {
  const inside = relative(ROOT, path);
  return inside.startsWith('..') ? path : inside;
}
