/**
 * The floor: the least that a proxy in Node can do. Reads the request, passes its bytes on with undici's dispatch, passes the answer's
 * bytes back. No keys, no limits, no money, no errors worth the name. Its own process: `floor-server.mjs <port>:<upstream port> …`.
 */
import { createServer } from 'node:http';
import { Pool } from 'undici';

/** undici's raw handler: header pairs as bytes, no objects made from them. */
class Relay {
  constructor(response) {
    this.response = response;
  }

  onConnect(abort) {
    this.response.once('close', () => this.response.writableFinished || abort());
  }

  onHeaders(status, rawHeaders, resume) {
    const headers = [];
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i].latin1Slice();
      if (!/^(connection|keep-alive|transfer-encoding)$/i.test(name)) headers.push(name, rawHeaders[i + 1].latin1Slice());
    }
    this.response.on('drain', resume);
    this.response.writeHead(status, headers);
    return true;
  }

  onData(bytes) {
    return this.response.write(bytes);
  }

  onComplete() {
    this.response.end();
  }

  onError() {
    if (this.response.headersSent) return this.response.destroy();
    this.response.writeHead(502).end();
  }
}

function serve(port, upstreamPort) {
  const pool = new Pool(`http://127.0.0.1:${upstreamPort}`, { connections: 1024, pipelining: 1 });
  createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const body = parts.length === 1 ? parts[0] : Buffer.concat(parts);
      const headers = ['content-type', request.headers['content-type'] ?? '', 'authorization', 'Bearer of-the-floor'];
      pool.dispatch({ path: request.url, method: request.method, headers, body }, new Relay(response));
    });
  }).listen(port, '127.0.0.1');
}

for (const pair of process.argv.slice(2)) serve(...pair.split(':').map(Number));
