import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { cleanupOpenApiDoc } from 'nestjs-zod';
import { ManagementModule } from '../management/management.module';
import { addExamples } from './add-examples';
import { describeManagement } from './describe-management';
import { inferencePaths } from './inference-paths';
import { schemasOf } from './schemas-of';

export interface ApiAbout {
  readonly title: string;
  /** `API_V1_STR`. */
  readonly prefix: string;
}

/** OpenAPI 3.1 of everything that a gateway answers, made from the controllers and the schemas that validate. Asks nothing of the app's stores. */
export function describeApi(app: INestApplication, { title, prefix }: ApiAbout): OpenAPIObject {
  const about = new DocumentBuilder()
    .setTitle(title)
    .setDescription('OpenAI-compatible inference under /v1 (API key) and /internal/v1 (access token); management under the API prefix.')
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An access token of POST auth/login.' }, 'token')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key, sk-…' }, 'key')
    .build();
  const document = cleanupOpenApiDoc(SwaggerModule.createDocument(app, about), { version: '3.1' });
  const schemas = schemasOf(ManagementModule);
  for (const [name, known] of Object.entries(document.components?.schemas ?? {})) Object.assign(document.components?.schemas ?? {}, { [name]: schemas[name] ?? known });
  describeManagement(document, prefix);
  document.paths = { ...inferencePaths(), ...document.paths };
  addExamples(document);
  return document;
}
