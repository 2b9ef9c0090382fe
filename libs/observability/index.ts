export * from './src/create-logger';
export * from './src/gateway-metrics';
export * from './src/nest-logger';
