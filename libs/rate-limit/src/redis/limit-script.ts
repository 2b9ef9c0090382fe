import { join } from 'node:path';
import { loadScript } from '@higress/redis';
import { WINDOWS } from '../limits';

const RULES = WINDOWS.map(({ lengthMs, counts, aligned, slides }) => `{ lengthMs = ${lengthMs}, tokens = ${counts === 'tokens'}, aligned = ${aligned}, slides = ${slides} }`);

/** Ends calls and decides others. What it knows of the windows is part of its text, so that no call has to say it. */
export const LIMIT = loadScript(join(__dirname, 'limit.lua'), `local windows = { ${RULES.join(', ')} }\n`);
