export * from './src/apply/apply-gateway-file';
export type { ApplyReport, MadeKey } from './src/apply/change-report';
export * from './src/catalog';
export { gatewayFileSchema, type GatewayFile } from './src/gateway-file/gateway-file.schema';
export * from './src/gateway-file/gateway-file-error';
export * from './src/gateway-file/read-gateway-file';
export type { CatalogSnapshot } from './src/load-snapshot';
