export * from './src/create-logger';
export * from './src/gateway-metrics';
export * from './src/nest-logger';
export * from './src/readiness/check-failed';
export * from './src/readiness/probes.module';
export * from './src/readiness/readiness';
