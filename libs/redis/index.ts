export * from './src/announcements';
export * from './src/assert-safe-redis';
export * from './src/open-redis';
export * from './src/script';
