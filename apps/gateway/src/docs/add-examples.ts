import type { OpenAPIObject } from '@nestjs/swagger';
import { exampleOf } from './example-of';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
type Content = Record<string, { schema?: object; example?: unknown; examples?: unknown }>;

/** Gives every body that has none an example that its schema accepts. */
export function addExamples(document: OpenAPIObject): void {
  const schemas = document.components?.schemas ?? {};
  const fill = (content: Content | undefined) => {
    const body = content?.['application/json'];
    if (body?.schema && body.example === undefined && body.examples === undefined) body.example = exampleOf(body.schema, schemas);
  };
  for (const item of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      if (operation.requestBody && 'content' in operation.requestBody) fill(operation.requestBody.content as Content);
      for (const answer of Object.values(operation.responses ?? {})) if (answer && 'content' in answer) fill(answer.content as Content);
    }
  }
}
