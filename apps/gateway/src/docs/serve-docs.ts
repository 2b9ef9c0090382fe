import type { Settings } from '@higress/config';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { describeApi } from './describe-api';

/** `/docs` and `/docs-json`. */
export function serveDocs(app: NestFastifyApplication, settings: Settings<'gateway'>): void {
  const document = describeApi(app, { title: settings.PROJECT_NAME, prefix: settings.API_V1_STR });
  SwaggerModule.setup('docs', app, document, { jsonDocumentUrl: 'docs-json', customSiteTitle: settings.PROJECT_NAME });
}
