import { redisAddress } from './redis-address';

describe('redisAddress', () => {
  it.each([
    ['redis://127.0.0.1:6380/2', { cluster: false, nodes: [{ host: '127.0.0.1', port: 6380 }], options: { db: 2 } }],
    ['redis://cache', { cluster: false, nodes: [{ host: 'cache', port: 6379 }], options: {} }],
    ['rediss://app:p%40ss@h:1/', { cluster: false, nodes: [{ host: 'h', port: 1 }], options: { username: 'app', password: 'p@ss', tls: {} } }],
    ['redis://:secret@[::1]:6379/0', { cluster: false, nodes: [{ host: '::1', port: 6379 }], options: { password: 'secret', db: 0 } }],
    ['redis+cluster://a:7000,b:7001', { cluster: true, nodes: [{ host: 'a', port: 7000 }, { host: 'b', port: 7001 }], options: {} }],
    ['rediss+cluster://:s@a:7000', { cluster: true, nodes: [{ host: 'a', port: 7000 }], options: { password: 's', tls: {} } }],
  ])('reads %s', (url, address) => {
    expect(redisAddress(url)).toEqual(address);
  });

  it.each(['', 'http://h:1', 'redis://', 'redis://a:1,b:2', 'redis+cluster://a:1/3', 'redis://a:99999', 'redis://a:b', 'redis://a,b'])('refuses %j', (url) => {
    expect(() => redisAddress(url)).toThrow(RangeError);
  });

  it('keeps a password out of its error', () => {
    expect(() => redisAddress('redis://:canary@h:1:2')).toThrow(expect.objectContaining({ message: expect.not.stringContaining('canary') }));
  });
});
