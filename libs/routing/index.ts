export * from './src/order-deployments';
