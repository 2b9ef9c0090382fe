import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestFactory } from '@nestjs/core';
import { createRegistry } from '../gateway-metrics';
import { ProbesModule } from './probes.module';
import { Readiness } from './readiness';

describe('the probes of a service', () => {
  let up = false;
  const readiness = new Readiness({ store: async () => (up ? { version: 14 } : Promise.reject(Object.assign(new Error('secret host'), { code: 'ECONNREFUSED' }))) });
  let app: NestFastifyApplication;

  beforeAll(async () => {
    app = await NestFactory.create<NestFastifyApplication>(ProbesModule.of({ readiness, registry: createRegistry('test') }), new FastifyAdapter(), { logger: false });
    await app.init();
  });
  afterAll(() => app.close());

  const get = async (url: string) => {
    const { statusCode, headers, payload } = await app.inject({ url });
    return { statusCode, type: headers['content-type'], body: payload };
  };

  it('answers /health whatever the parts do', async () => {
    expect(await get('/health')).toMatchObject({ statusCode: 200, body: '{"status":"ok"}' });
  });

  it('tells in /ready each part with state and latency, 503 until all is well, 200 degraded later, 503 when strict', async () => {
    const starting = await get('/ready');
    expect(starting.statusCode).toBe(503);
    expect(JSON.parse(starting.body)).toEqual({ status: 'starting', checks: { store: { status: 'down', latency_ms: expect.any(Number), detail: { reason: 'ECONNREFUSED' } } } });
    up = true;
    const ok = await get('/ready');
    expect(ok.statusCode).toBe(200);
    expect(JSON.parse(ok.body)).toEqual({ status: 'ok', checks: { store: { status: 'up', latency_ms: expect.any(Number), detail: { version: 14 } } } });
    up = false;
    expect((await get('/ready')).statusCode).toBe(200);
    expect((await get('/ready?strict=1')).statusCode).toBe(503);
    readiness.stop();
    up = true;
    expect(await get('/ready')).toMatchObject({ statusCode: 503, body: expect.stringContaining('"status":"stopping"') });
  });

  it('serves /metrics as Prometheus text', async () => {
    const metrics = await get('/metrics');
    expect(metrics).toMatchObject({ statusCode: 200, type: expect.stringContaining('text/plain') });
    expect(metrics.body).toContain('process_cpu_seconds_total');
  });
});
