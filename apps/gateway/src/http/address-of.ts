import type { FastifyRequest } from 'fastify';

/** The caller's address; empty where its connection was reset before it could be asked for, which Fastify's types do not tell. */
export function addressOf({ ip }: { readonly ip: FastifyRequest['ip'] | undefined }): string {
  return ip ?? '';
}
