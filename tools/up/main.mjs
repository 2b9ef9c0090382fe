import { explainFullDisk } from '../embedded/index.js';
import { Steps } from '../terminal/steps.mjs';
import { HELP } from './help.mjs';
import { Interruption } from './interruption.mjs';
import { readUpSettings } from './settings.mjs';
import { Stack } from './stack.mjs';

/**
 * Brings everything up, stays until told to stop, and takes everything down again.
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function main(args) {
  const unknown = args.find((arg) => !['--reset', '--help', '-h'].includes(arg));
  if (unknown !== undefined || args.includes('--help') || args.includes('-h')) {
    console.log(unknown === undefined ? HELP : `"${unknown}" is not an option.\n\n${HELP}`);
    return unknown === undefined ? 0 : 1;
  }
  const steps = new Steps();
  const interruption = new Interruption();
  let failure = null;
  let stack = null;
  try {
    stack = new Stack(readUpSettings(process.env), steps, interruption);
    await stack.up({ reset: args.includes('--reset') });
    await interruption.happened;
  } catch (error) {
    failure = interruption.signal.aborted ? interruption.cause : error;
  }
  if (failure) steps.fail(explainFullDisk(failure, stack?.dataDir.path ?? '.').message);
  await stack?.down();
  return failure ? 1 : 0;
}
