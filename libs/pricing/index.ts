export * from './src/bound-cost';
export * from './src/count-tokens';
export * from './src/estimate-request-tokens';
export * from './src/estimate-tokens';
export * from './src/price-usage';
