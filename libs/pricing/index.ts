export * from './src/bound-cost';
export * from './src/estimate-tokens';
export * from './src/price-usage';
