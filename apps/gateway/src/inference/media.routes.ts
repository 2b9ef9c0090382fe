import type { InferenceCall, Pipeline } from '@higress/inference';
import { type Channel, DomainError } from '@higress/kernel';
import type { FastifyInstance } from 'fastify';
import { sendError } from '../http/send-error';
import { toHttpError } from '../http/to-http-error';
import { completionRoute } from './completion.route';
import { UploadRoom } from './upload-room';

export interface MediaRoutesOptions {
  readonly pipeline: Pipeline;
  readonly prefixes: readonly (readonly [Channel, string])[];
  readonly maxUploadBytes: number;
}

/** The endpoints of pictures and sound. Forms are taken where there are files to be sent, and nowhere else. */
export function mediaRoutes(fastify: FastifyInstance, options: MediaRoutesOptions): void {
  addRoutes(fastify, options, ['images/generations', 'audio/speech']);
  const room = new UploadRoom(options.maxUploadBytes);
  void fastify.register(async (scope) => {
    takeForms(scope, options, room);
    addRoutes(scope, options, ['images/edits']);
  });
  void fastify.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    takeForms(scope, options, room);
    addRoutes(scope, options, ['audio/transcriptions', 'audio/translations']);
  });
}

function addRoutes(fastify: FastifyInstance, { pipeline, prefixes }: MediaRoutesOptions, endpoints: readonly InferenceCall['endpoint'][]): void {
  for (const [channel, prefix] of prefixes) for (const endpoint of endpoints) completionRoute(fastify, pipeline, channel, endpoint, `${prefix}/${endpoint}`);
}

function takeForms(scope: FastifyInstance, { maxUploadBytes }: MediaRoutesOptions, room: UploadRoom): void {
  scope.addContentTypeParser('multipart/form-data', { parseAs: 'buffer', bodyLimit: maxUploadBytes }, (_request, body, done) => done(null, body));
  scope.addHook('onRequest', (request, reply, done) => done(room.take(request, reply)));
  scope.setErrorHandler((thrown, request, reply) => sendError(request, reply, refusalOf(thrown, request.headers['content-type']) ?? toHttpError(thrown)));
}

/** What Fastify refuses, in words that fit a form. */
function refusalOf(thrown: unknown, contentType = ''): DomainError | null {
  const { code } = (thrown ?? {}) as { code?: unknown };
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new DomainError('UNSUPPORTED_MEDIA_TYPE', { message: 'Send multipart/form-data, uncompressed.' });
  return code === 'FST_ERR_CTP_BODY_TOO_LARGE' && contentType.startsWith('multipart/') ? new DomainError('REQUEST_TOO_LARGE', { message: 'The form is larger than MAX_UPLOAD_BYTES.' }) : null;
}
