import { isoTime } from './iso-time';

describe('isoTime', () => {
  afterEach(() => jest.useRealTimers());

  it.each(['2026-01-31T23:59:59.000Z', '2026-01-31T23:59:59.007Z', '2026-01-31T23:59:59.042Z', '2026-01-31T23:59:59.999Z', '2026-02-01T00:00:00.000Z', '2026-01-31T23:59:58.100Z'])('prints %s', (time) => {
    jest.useFakeTimers({ now: new Date(time) });
    expect(isoTime()).toBe(`,"time":"${time}"`);
  });
});
