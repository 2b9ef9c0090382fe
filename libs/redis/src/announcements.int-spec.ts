import { eventually, faultProxy, startRedisServer, type FaultProxy, type StoreServer } from '@higress/testing';
import { Announcements } from './announcements';
import { openRedis, type RedisConnection } from './open-redis';

describe('Announcements', () => {
  let server: StoreServer;
  let proxy: FaultProxy;
  const connections: RedisConnection[] = [];
  const opened: Announcements[] = [];

  const open = (url: string) => {
    const publisher = openRedis(url, { role: 'request', name: 'spec' });
    const subscriber = openRedis(url, { role: 'subscriber', name: 'spec' });
    connections.push(publisher, subscriber);
    const announcements = new Announcements(publisher, subscriber, 'spec:');
    opened.push(announcements);
    return announcements;
  };

  beforeEach(async () => {
    server = await startRedisServer();
    proxy = await faultProxy({ target: server.url });
  });
  afterEach(async () => {
    opened.splice(0).forEach((announcements) => announcements.close());
    connections.splice(0).forEach((connection) => connection.disconnect());
    await proxy.close();
    await server.stop();
  });

  it('reach every process, the sender too, by topic', async () => {
    const [one, two] = [open(server.url), open(server.url)];
    const heard: unknown[] = [];
    one.on('key-changed', (payload) => heard.push(['one', payload]));
    two.on('key-changed', (payload) => heard.push(['two', payload]));
    two.on('circuit', (payload) => heard.push(payload));
    await eventually('listening', () => one.connected && two.connected);
    await one.publish('key-changed', { keyId: 'k' });
    await eventually('both heard', () => heard.length === 2);
    expect(heard).toEqual(expect.arrayContaining([['one', { keyId: 'k' }], ['two', { keyId: 'k' }]]));
  });

  it('survive what others publish', async () => {
    const announcements = open(server.url);
    const heard: unknown[] = [];
    announcements.on('circuit', (payload) => heard.push(payload));
    await eventually('listening', () => announcements.connected);
    const stranger = connections[0] as RedisConnection;
    for (const message of ['{', 'null', '7', '{"a":1}']) await stranger.publish('spec:circuit', message);
    await eventually('the last was heard', () => heard.length > 0);
    expect(heard).toEqual([{ a: 1 }]);
  });

  it.each(['restarted', 'black-holed'])('say within a second that they are deaf when Redis is %s, and miss nothing that was announced meanwhile', async (fault) => {
    const announcements = open(proxy.url);
    const heard: unknown[] = [];
    let reloads = 0;
    announcements.on('circuit', (payload) => heard.push(payload));
    announcements.onReconnect(() => (reloads += 1));
    await eventually('listening', () => announcements.connected);
    expect(reloads).toBe(1);

    if (fault === 'restarted') await server.stop();
    else proxy.set({ blackHole: true });
    await eventually('deaf', () => !announcements.connected, 1000);
    const published = announcements.publish('circuit', { late: true });

    if (fault === 'restarted') await server.start();
    else proxy.set({});
    await eventually('listening again', () => announcements.connected, 2500);
    // A black hole that is soon over loses nothing: what waited on the socket has come.
    expect(reloads).toBeGreaterThanOrEqual(fault === 'restarted' ? 2 : 1);
    await published;
    await eventually('what could not be sent was sent', () => heard.length > 0);
    expect(heard[0]).toEqual({ late: true });
  });

  it('begin to listen when Redis comes after them', async () => {
    await server.stop();
    const announcements = open(server.url);
    announcements.on('circuit', () => undefined);
    await server.start();
    await eventually('listening', () => announcements.connected, 2500);
  });
});
