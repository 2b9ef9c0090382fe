import { SETTINGS } from '@higress/config';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { ManagementModule, type ManagementParts } from '../management/management.module';
import { describeApi } from './describe-api';

/** The document of a gateway with the settings that hold when none is set, without one: for the generator, which has no stores. */
export async function offlineDocument(): Promise<OpenAPIObject> {
  const prefix = SETTINGS.API_V1_STR.fallback;
  // Controllers only keep what they are given, and none of them is called.
  const parts = new Proxy({ prefix }, { get: (known, name) => (name in known ? Reflect.get(known, name) : {}) }) as unknown as ManagementParts;
  const app = await NestFactory.create<NestFastifyApplication>(ManagementModule.of(parts), new FastifyAdapter(), { logger: false });
  return describeApi(app, { title: SETTINGS.PROJECT_NAME.fallback, prefix });
}
