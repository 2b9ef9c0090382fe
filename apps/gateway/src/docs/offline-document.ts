import { SETTINGS } from '@higress/config';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { GatewayModule, type GatewayModuleParts } from '../gateway.module';
import { type ApiAbout, describeApi } from './describe-api';

const AS_NONE_IS_SET = { title: SETTINGS.PROJECT_NAME.fallback, prefix: SETTINGS.API_V1_STR.fallback };

/** The document of a gateway, without one: for the generator, which has no stores. */
export async function offlineDocument(about: ApiAbout = AS_NONE_IS_SET): Promise<OpenAPIObject> {
  // Controllers only keep what they are given, and none of them is called.
  const anything = new Proxy({}, { get: () => ({}) });
  const parts = { settings: { API_V1_STR: about.prefix }, gateway: anything, readiness: anything } as unknown as GatewayModuleParts;
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule.of(parts), new FastifyAdapter(), { logger: false });
  return describeApi(app, about);
}
