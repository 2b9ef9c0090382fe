import { readFileSync } from 'node:fs';
import { PriceImports } from '@higress/catalog';
import { readSettings } from '@higress/config';
import { Desk, SYSTEM } from '@higress/database';
import { readLiteLlmPrices, type ReadPrices, START_SET, START_SET_DATE } from '@higress/pricing';
import { defineCommand } from '../command';
import { Fault } from '../fault';
import { UsageError } from '../usage-error';
import { withAnnouncements } from '../with-announcements';
import { withDatabase } from '../with-database';

const NAME = 'prices import';

export const pricesImport = defineCommand({
  name: NAME,
  args: ['[file]'],
  summary: 'Imports list prices: what deployments cost that have no price of their own.',
  notes: `[file] is LiteLLM's public price file (model_prices_and_context_window.json). The list that comes with the gateway is of ${START_SET_DATE}: compare it with the providers' pages before you bill by it.`,
  options: {
    'start-set': { type: 'boolean', doc: 'The list that comes with the gateway, instead of a file.' },
    'valid-from': { type: 'string', value: 'time', doc: 'From when on the prices hold, such as 2027-01-31T00:00:00Z. Left out: from now on.' },
  },
  run: async ({ args: [file], options, print }) => {
    if ((file === undefined) !== options['start-set']) throw new UsageError('name a file, or --start-set', NAME);
    const list: ReadPrices = file === undefined ? { prices: START_SET, skipped: [] } : read(file);
    const wanted = { prices: list.prices, source: file === undefined ? `start set of ${START_SET_DATE}` : 'LiteLLM', validFrom: toMoment(options['valid-from']) };
    const settings = readSettings('ctl');
    const imported = await withDatabase(settings, (database) =>
      withAnnouncements(settings, print, (announcements) => new PriceImports(new Desk({ dataSource: database, announce: (topic, payload) => announcements.publish(topic, payload) })).run(SYSTEM, wanted)),
    );
    for (const { name, reason } of list.skipped) print(`left out  ${name}: ${reason}`);
    print(`added     ${imported.added}`);
    print(`unchanged ${imported.unchanged}`);
  },
});

function read(file: string): ReadPrices {
  try {
    return readLiteLlmPrices(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Fault(`${file} cannot be read as LiteLLM's price file: ${(error as Error).message}`, { cause: error });
  }
}

function toMoment(text: string | undefined): Date | null {
  if (text === undefined) return null;
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) throw new UsageError('--valid-from must be a time such as 2027-01-31T00:00:00Z', NAME);
  return moment;
}
