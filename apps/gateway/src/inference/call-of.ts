import type { InferenceCall } from '@higress/inference';
import type { Channel } from '@higress/kernel';
import type { FastifyRequest } from 'fastify';
import { addressOf } from '../http/address-of';

const CLIENT_ID = /^[\x20-\x7e]{1,128}$/;

/** A request for inference as it arrived over HTTP. */
export function callOf(request: FastifyRequest, channel: Channel, endpoint: InferenceCall['endpoint'], path?: InferenceCall['path']): InferenceCall {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  return { requestId: request.id, receivedAt: performance.now(), channel, endpoint, ip: addressOf(request), method: request.method, target: request.raw.url ?? '', headers: request.headers, body, path, clientRequestId: clientRequestId(request) };
}

function clientRequestId({ headers }: FastifyRequest): string | null {
  const given = headers['x-request-id'];
  return typeof given === 'string' && CLIENT_ID.test(given) ? given : null;
}
