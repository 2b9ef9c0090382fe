import { randomUUID } from 'node:crypto';

const BUDGETS = [{ period: 'daily', unit: 'usd', limit: '1' }];

/**
 * A body that each route takes: with one that it refuses, its answer would tell nothing about whose things it touches.
 * Routes that are not here take an empty one, or are an owner's alone.
 */
export const BODIES: Readonly<Record<string, (at: { readonly tenantId: string }) => object>> = {
  'POST /keys': ({ tenantId }) => ({ tenant_id: tenantId, name: 'walked' }),
  'PATCH /keys/:id': () => ({ name: 'walked on' }),
  'PUT /keys/:id/limits': () => ({ rpm: 1 }),
  'PUT /keys/:id/budgets': () => BUDGETS,
  'PUT /admin/api-keys/:id/rate-limit': () => ({ rpm: 1 }),
  'POST /users': ({ tenantId }) => ({ tenant_id: tenantId, email: `${randomUUID()}@example.com` }),
  'PATCH /users/:id': () => ({ email: `${randomUUID()}@example.com` }),
  'POST /users/:id/roles': () => ({ roles: ['auditor'] }),
};
