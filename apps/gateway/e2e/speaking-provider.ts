import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProviderDialect } from '@higress/kernel';
import type { Script } from '@higress/testing';

/** Where each dialect's recorded answer is. All of them say the same: a text, and two calls at once. */
const RECORDED = { openai: 'azure-openai', anthropic: 'anthropic', gemini: 'gemini' } as const satisfies Partial<Record<ProviderDialect, string>>;
export type SpokenDialect = keyof typeof RECORDED;
export const SPOKEN = Object.keys(RECORDED) as SpokenDialect[];

export const SAID = 'Grüße aus 東京 🗼!';

const fixture = (dialect: SpokenDialect, file: string) => readFileSync(join(__dirname, '../../../libs/providers/src', RECORDED[dialect], 'fixtures', file));

/** A provider that answers as recorded in its own dialect, its stream cut every seven bytes. */
export function speaking(dialect: SpokenDialect): Script {
  return ({ path, body }) => {
    const isStream = (body as { stream?: boolean }).stream === true || path.includes(':streamGenerateContent');
    if (!isStream) return { body: fixture(dialect, 'answer.json') };
    return { headers: { 'content-type': 'text/event-stream' }, body: fixture(dialect, 'stream.sse'), bytesPerWrite: 7 };
  };
}
