import { createHash, createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import type { Service } from '@higress/testing';

/** A key with its signing secret, as the management API hands them out. */
export interface Pair {
  readonly id: string;
  readonly key: string;
  readonly signing_secret: string;
}

export interface Sent {
  readonly method: string;
  /** As in the request's first line. */
  readonly target: string;
  readonly body: Buffer;
  readonly headers: Record<string, string>;
}

export const BODY = Buffer.from(JSON.stringify({ model: 'fake', messages: [{ role: 'user', content: 'Grüße' }] }));

/** A request signed as a client signs it who has read the documentation, and nothing of our code. */
export function sign({ key, signing_secret }: Omit<Pair, 'id'>, { method = 'POST', target = '/v1/chat/completions', body = BODY, offSeconds = 0, nonce = randomUUID() as string } = {}): Sent {
  const timestamp = String(Math.floor(Date.now() / 1000) + offSeconds);
  const text = ['v1', timestamp, nonce, method, target, createHash('sha256').update(body).digest('hex')].join('\n');
  return { method, target, body, headers: { 'X-API-Key': key, 'X-Timestamp': timestamp, 'X-Nonce': nonce, 'X-Signature': createHmac('sha256', signing_secret).update(text).digest('hex') } };
}

/** Sends exactly these bytes, and gives `ok` or the status and the code of the refusal. */
export function sendSigned({ method, target, body, headers }: Sent, at: Service): Promise<string> {
  return new Promise((resolve, reject) => {
    const sending = request({ host: '127.0.0.1', port: at.port, method, path: target, headers: { ...headers, 'content-type': 'application/json', 'content-length': body.length } }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
        const { error } = JSON.parse(Buffer.concat(parts).toString()) as { error?: { gateway_code?: string; code: string } };
        resolve(error === undefined ? 'ok' : `${response.statusCode} ${error.gateway_code ?? error.code}`);
      });
    });
    sending.on('error', reject).end(body);
  });
}
