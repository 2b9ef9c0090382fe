import { setTimeout as pause } from 'node:timers/promises';
import { stateRedisUrl, type Settings } from '@higress/config';
import { Announcements, openRedis } from '@higress/redis';
import { safeUrl } from './safe-url';

const PATIENCE_MS = 2_000;

export type Publisher = Pick<Announcements, 'publish'>;

/**
 * Lets `work` tell the gateways what has changed. That Redis is away fails nothing, for the change itself is in Postgres:
 * a line says that the gateways see it later.
 */
export async function withAnnouncements<T>(settings: Settings<'ctl'>, print: (line: string) => void, work: (publisher: Publisher) => Promise<T>): Promise<T> {
  const url = stateRedisUrl(settings);
  const connections = [openRedis(url, { role: 'queue', name: 'ctl' }), openRedis(url, { role: 'subscriber', name: 'ctl' })] as const;
  const announcements = new Announcements(...connections, settings.CACHE_PREFIX);
  try {
    return await work({
      publish: async (topic, payload) => {
        const told = await Promise.race([announcements.publish(topic, payload).then(() => true), pause(PATIENCE_MS, false)]);
        if (!told) print(`Redis at ${safeUrl(url)} cannot be reached: the gateways see the change only within a minute.`);
      },
    });
  } finally {
    announcements.close();
    for (const connection of connections) connection.disconnect();
  }
}
