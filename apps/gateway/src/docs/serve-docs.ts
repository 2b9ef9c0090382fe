import type { Settings } from '@higress/config';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { cleanupOpenApiDoc } from 'nestjs-zod';
import { inferencePaths } from './inference-paths';

/** `/docs` and `/docs-json`: OpenAPI 3.1, made from the controllers and the schemas that validate. */
export function serveDocs(app: NestFastifyApplication, settings: Settings<'gateway'>): void {
  const about = new DocumentBuilder()
    .setTitle(settings.PROJECT_NAME)
    .setDescription('OpenAI-compatible inference under /v1 (API key) and /internal/v1 (access token); management under the API prefix.')
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An access token of POST auth/login.' }, 'token')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key, sk-…' }, 'key')
    .build();
  const document = cleanupOpenApiDoc(SwaggerModule.createDocument(app, about), { version: '3.1' });
  document.paths = { ...inferencePaths(), ...document.paths };
  SwaggerModule.setup('docs', app, document, { jsonDocumentUrl: 'docs-json', customSiteTitle: settings.PROJECT_NAME });
}
