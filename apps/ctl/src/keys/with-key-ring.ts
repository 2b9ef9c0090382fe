import { KeyRing } from '@higress/auth';
import { deriveKeys, type Settings } from '@higress/config';
import { Desk, Sealer } from '@higress/database';
import type { DataSource } from 'typeorm';
import { withAnnouncements } from '../with-announcements';
import { withDatabase } from '../with-database';

export interface KeyRingParts {
  readonly keyRing: KeyRing;
  readonly database: DataSource;
  readonly pepper: Buffer;
}

/** Opens what keys are made and ended with, under the same secrets as the gateways'. */
export function withKeyRing<T>(settings: Settings<'ctl'>, print: (line: string) => void, work: (parts: KeyRingParts) => Promise<T>): Promise<T> {
  const { pepper, encryption } = deriveKeys(settings);
  return withDatabase(settings, (database) =>
    withAnnouncements(settings, print, (announcements) => work({ database, pepper, keyRing: new KeyRing({ desk: new Desk({ dataSource: database, announce: (topic, payload) => announcements.publish(topic, payload) }), pepper, sealer: new Sealer(encryption) }) })),
  );
}
