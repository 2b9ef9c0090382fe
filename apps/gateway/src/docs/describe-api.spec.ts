import { ENDPOINTS } from '@higress/kernel';
import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { managementRoutes } from '../management/access/management-routes';
import { ManagementModule } from '../management/management.module';
import { offlineDocument } from './offline-document';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

interface Body {
  readonly title: string;
  readonly schema: object;
  readonly example: unknown;
}

describe('the OpenAPI document', () => {
  let document: OpenAPIObject;
  let bodies: Body[];
  beforeAll(async () => {
    document = await offlineDocument();
    bodies = operationsOf(document).flatMap(({ title, operation }) => {
      const contents = [operation.requestBody, ...Object.values(operation.responses ?? {})].flatMap((part) => (part && 'content' in part && part.content ? [part.content] : []));
      return contents.flatMap((content) => Object.entries(content).filter(([type]) => type === 'application/json').map(([, { schema = {}, example, examples }], i) => ({ title: `${title} ${i}`, schema, example: example ?? examples })));
    });
  });

  const operationsOf = ({ paths }: OpenAPIObject) =>
    Object.entries(paths).flatMap(([path, item]) => METHODS.flatMap((method) => {
      const operation = item[method];
      return operation ? [{ title: `${method.toUpperCase()} ${path}`, operation }] : [];
    }));

  it('is of version 3.1 and holds every management route and every inference endpoint of both channels', () => {
    expect(document.openapi).toBe('3.1.0');
    const titles = operationsOf(document).map(({ title }) => title);
    const managed = managementRoutes(ManagementModule).map(({ method, path }) => `${method} /api/v1${path.replace(/:(\w+)/g, '{$1}')}`);
    const inference = ['/v1', '/internal/v1'].flatMap((prefix) => ENDPOINTS.map((endpoint) => (endpoint === 'generateContent' ? `POST ${prefix}beta/models/{model}:${endpoint}` : `${endpoint === 'models' ? 'GET' : 'POST'} ${prefix}/${endpoint}`)));
    expect(titles).toEqual(expect.arrayContaining([...managed, ...inference]));
  });

  it('names the permission of each management route, its errors, and the idempotency key of each POST', () => {
    for (const { method, path, need } of managementRoutes(ManagementModule)) {
      const operation = document.paths[`/api/v1${path.replace(/:(\w+)/g, '{$1}')}`]?.[method.toLowerCase() as 'get'];
      expect(operation?.responses).toHaveProperty('default');
      if (need === 'anyone') expect(operation?.security).toEqual([]);
      else expect(operation?.description).toContain(need === 'signed-in' ? 'any access token' : `\`${need}\``);
      const headers = (operation?.parameters ?? []).flatMap((parameter) => ('in' in parameter && parameter.in === 'header' ? [parameter.name.toLowerCase()] : []));
      if (method === 'POST' && need !== 'anyone') expect(headers).toContain('idempotency-key');
    }
  });

  it('gives an example of every body, which the body’s own schema accepts', () => {
    expect(bodies.length).toBeGreaterThan(30);
    for (const { title, schema, example } of bodies) {
      expect([title, example]).toEqual([title, expect.anything()]);
      const read = z.fromJSONSchema(resolved(schema, document)).safeParse(example);
      expect([title, read.success ? null : read.error.issues]).toEqual([title, null]);
    }
  });

  it('says the same each time', async () => {
    expect(JSON.stringify(await offlineDocument())).toBe(JSON.stringify(document));
  });
});

type Schema = Parameters<typeof z.fromJSONSchema>[0];

/** With what its references name in their place. */
function resolved(schema: unknown, document: OpenAPIObject): Schema {
  if (Array.isArray(schema)) return schema.map((part) => resolved(part, document)) as unknown as Schema;
  if (typeof schema !== 'object' || schema === null) return schema as Schema;
  const { $ref } = schema as { $ref?: unknown };
  if (typeof $ref === 'string') return resolved(document.components?.schemas?.[$ref.split('/').at(-1) as string], document);
  return Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, resolved(part, document)])) as Schema;
}
