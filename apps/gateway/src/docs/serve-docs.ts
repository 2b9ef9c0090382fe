import type { Settings } from '@higress/config';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { readDocument } from './read-document';

/** `/docs` and `/docs-json`. The document was made when the gateway was built; it is read when it is asked for first. */
export function serveDocs(app: NestFastifyApplication, { PROJECT_NAME: title, API_V1_STR: prefix }: Settings<'gateway'>): void {
  const document = () => readDocument({ title, prefix });
  let json: Buffer | undefined;
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  fastify.get('/docs-json', (_request, reply) => reply.type('application/json; charset=utf-8').send((json ??= Buffer.from(JSON.stringify(document())))));
  // Without `raw` documents: their YAML would be written anew for each request, by 100 ms of work that anybody may ask for.
  SwaggerModule.setup('docs', app, document, { raw: false, customSiteTitle: title });
}
