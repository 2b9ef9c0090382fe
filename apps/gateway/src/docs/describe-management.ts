import { ERROR_TABLE } from '@higress/kernel';
import type { OpenAPIObject } from '@nestjs/swagger';
import { managementRoutes } from '../management/access/management-routes';
import { ManagementModule } from '../management/management.module';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key', in: 'header' as const, required: false, schema: { type: 'string' as const, minLength: 1, maxLength: 255 },
  description: 'The same request under the same key happens once, and gets the first answer again for 24 hours.',
};
const ERROR = {
  type: 'object' as const,
  required: ['code', 'message', 'source', 'trace_id'],
  properties: {
    code: { type: 'string' as const, enum: Object.keys(ERROR_TABLE) },
    message: { type: 'string' as const },
    source: { type: 'string' as const, enum: ['gateway', 'upstream', 'client'] },
    trace_id: { type: 'string' as const, format: 'uuid' },
    details: { description: 'What is wrong with which field, where the input does not fit' },
  },
};

/** What every management route has without saying so: the permission that it needs, its errors, and for a POST the idempotency key. */
export function describeManagement(document: OpenAPIObject, prefix: string): void {
  const needs = new Map(managementRoutes(ManagementModule).map(({ method, path, need }) => [`${method} ${prefix}${path.replace(/:(\w+)/g, '{$1}')}`, need]));
  document.components = { ...document.components, schemas: { ...document.components?.schemas, ApiError: ERROR } };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      const need = needs.get(`${method.toUpperCase()} ${path}`);
      if (!operation || need === undefined) continue;
      if (need === 'anyone') operation.security = [];
      else operation.description = [operation.description, need === 'signed-in' ? 'Needs any access token.' : `Needs \`${need}\`.`].filter(Boolean).join(' ');
      operation.responses = { ...operation.responses, default: { description: 'An error; docs/errors.md lists the codes.', content: { 'application/json': { schema: { $ref: '#/components/schemas/ApiError' } } } } };
      const parameters = operation.parameters ?? [];
      if (method === 'post' && need !== 'anyone' && !parameters.some((parameter) => 'name' in parameter && parameter.name === IDEMPOTENCY_KEY.name)) operation.parameters = [...parameters, IDEMPOTENCY_KEY];
    }
  }
}
