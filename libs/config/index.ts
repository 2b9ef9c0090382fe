export * from './src/app-settings';
export * from './src/derive-keys';
export * from './src/read-settings';
export * from './src/redis-urls';
export * from './src/settings-table';
