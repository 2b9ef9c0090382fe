export * from './src/apply/apply-gateway-file';
export type { ApplyReport, MadeKey } from './src/apply/change-report';
export * from './src/catalog';
export * from './src/directory/credentials';
export * from './src/directory/deployments';
export * from './src/directory/models';
export * from './src/directory/prices';
export * from './src/directory/providers';
export {
  credentialShape, deploymentShape, gatewayFileSchema, modelShape, newProviderSchema, pricePartsShape, priceSchema, providerShape,
  type FilePrice, type GatewayFile,
} from './src/gateway-file/gateway-file.schema';
export * from './src/gateway-file/gateway-file-error';
export * from './src/gateway-file/read-gateway-file';
export * from './src/list-prices/import-list-prices';
export * from './src/list-prices/listed-prices';
export * from './src/list-prices/price-imports';
export type { CatalogSnapshot } from './src/load-snapshot';
export { modelsOfProvider } from './src/probe/models-of-provider';
export { openProvider } from './src/probe/open-provider';
export { headerNamesOf, sealPlainHeaders } from './src/provider-headers';
export { SEALED_IN_CATALOG } from './src/seal-places';
