import { Writable } from 'node:stream';
import { pino } from 'pino';
import { OutageLog } from './outage-log';

it('tells of an outage once when it begins and once when it ends', () => {
  const lines: object[] = [];
  const logger = pino({ base: null, timestamp: false }, new Writable({ write: (line, _encoding, done) => (lines.push(JSON.parse(String(line)) as object), done()) }));
  const outages = new OutageLog(logger, 'state Redis');
  outages.back();
  const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
  outages.away(refused);
  outages.away(refused);
  outages.back();
  outages.back();
  expect(lines).toEqual([
    { level: 40, reason: 'ECONNREFUSED', msg: 'state Redis is away' },
    { level: 30, awayMs: expect.any(Number), msg: 'state Redis is back' },
  ]);
});
