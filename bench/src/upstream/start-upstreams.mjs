import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'undici';
import { scratch } from '../machine/place.mjs';
import { startPinned, untilReady } from '../machine/pinned.mjs';
import { JSON_ANSWER } from './json-answer.mjs';

/**
 * The provider that every system calls. JSON comes from nginx where it is installed; streams and slow answers from upstream.c.
 * @returns the ports, by kind of answer
 */
export async function startUpstreams({ tools, programs, ports, cores }) {
  const own = startPinned(cores.others, programs.upstream, [String(ports.upstream)], { log: scratch('logs/upstream.log') });
  await untilReady(own, 'upstream', 5_000, () => answers(ports.upstream));
  if (!tools.nginx) return { json: ports.upstream, stream: ports.upstream };
  const nginx = startPinned(cores.others, 'nginx', ['-c', writeNginxConfig(ports.nginx)], { log: scratch('logs/nginx.log') });
  await untilReady(nginx, 'nginx', 5_000, () => answers(ports.nginx));
  return { json: ports.nginx, stream: ports.upstream };
}

async function answers(port) {
  const { statusCode, body } = await request(`http://127.0.0.1:${port}/v1/chat/completions`, { method: 'POST', body: '{"model":"json-0"}' });
  await body.dump();
  return statusCode === 200;
}

function writeNginxConfig(port) {
  const dir = scratch('nginx/');
  mkdirSync(dir, { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${dir}${name};`).join('\n');
  const config = `daemon off;
worker_processes 1;
pid ${dir}nginx.pid;
error_log stderr;
events { worker_connections 4096; }
http {
${temporary}
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { default_type application/json; return 200 '${JSON_ANSWER}'; }
  }
}
`;
  writeFileSync(`${dir}nginx.conf`, config);
  return `${dir}nginx.conf`;
}
