import { join } from 'node:path';
import { request } from 'undici';
import { BENCH, scratch } from '../machine/place.mjs';
import { startPinned, untilReady } from '../machine/pinned.mjs';
import { KEYS } from './gateway-file.mjs';

/**
 * What can be measured, and how it is addressed. `of(kind)` gives the port and the request headers for `json` or `stream`;
 * `system` names the process behind it (none for `direct`, which is the upstream itself).
 */
export function contenders({ ports, upstreams }) {
  const portkey = (kind) => ({ 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `http://127.0.0.1:${upstreams[kind]}/v1`, authorization: 'Bearer sk-of-the-upstream' });
  const gateway = (billing) => () => ({ port: ports.gateway, headers: { authorization: `Bearer ${KEYS[billing]}` } });
  const plain = { authorization: 'Bearer sk-of-the-upstream' };
  return {
    direct: { system: null, of: (kind) => ({ port: upstreams[kind], headers: plain }) },
    floor: { system: 'floor', of: (kind) => ({ port: kind === 'json' ? ports.floorJson : ports.floorStream, headers: plain }) },
    peer: { system: 'peer', of: (kind) => ({ port: ports.peer, headers: portkey(kind) }) },
    postpaid: { system: 'gateway', of: gateway('postpaid') },
    prepaid: { system: 'gateway', of: gateway('prepaid') },
  };
}

/** How each system is started: alone on its core, until it answers. */
export function starters({ node, ports, upstreams, cores, startGateway }) {
  const pinned = (name, args, port) => async () => {
    const started = startPinned(cores.system, node, args, { cwd: BENCH, env: { NODE_ENV: 'production' }, log: scratch(`logs/${name}.log`) });
    await untilReady(started, name, 20_000, async () => {
      const { body } = await request(`http://127.0.0.1:${port}/`);
      await body.dump();
      return true;
    });
    return started;
  };
  return {
    floor: pinned('floor', [join(BENCH, 'src/systems/floor-server.mjs'), `${ports.floorJson}:${upstreams.json}`, `${ports.floorStream}:${upstreams.stream}`], ports.floorJson),
    peer: pinned('peer', [join(BENCH, 'node_modules/@portkey-ai/gateway/build/start-server.js'), `--port=${ports.peer}`, '--headless'], ports.peer),
    gateway: () => startGateway(ports.gateway),
  };
}
