import { environment, SETTINGS } from '@higress/config';
import type { Command } from './command';
import { COMMANDS } from './commands';
import { explainError } from './explain-error';
import { helpOf, overview } from './help';
import { suggest } from './suggest';
import { UsageError } from './usage-error';

/** Where lines go. */
export interface Output {
  out(line: string): void;
  err(line: string): void;
}

const PROGRAM = 'npm run ctl --';
const CONSOLE: Output = { out: (line) => void process.stdout.write(`${line}\n`), err: (line) => void process.stderr.write(`${line}\n`) };

/** Runs one command line to its end. Exit code: 0 done, 1 it failed or found a fault, 2 the command line is wrong. Never rejects. */
export async function runCtl(argv: readonly string[], output: Output = CONSOLE): Promise<number> {
  try {
    const words = argv.filter((word) => word !== '--help' && word !== '-h');
    const command = find(words);
    if (words.length < argv.length || words.length === 0) {
      output.out(command ? helpOf(command, PROGRAM) : overview(COMMANDS.filter(({ name }) => name.startsWith(words.join(' '))), PROGRAM));
      return argv.length === 0 ? 2 : 0;
    }
    if (!command) throw unknown(words);
    return await command.start(words.slice(command.name.split(' ').length), output.out);
  } catch (error) {
    return fail(error, output);
  }
}

function find(words: readonly string[]): Command | undefined {
  return COMMANDS.find(({ name }) => `${words.join(' ')} `.startsWith(`${name} `));
}

function unknown(words: readonly string[]): UsageError {
  const typed = words.slice(0, 2).join(' ');
  const meant = suggest(typed, COMMANDS.map(({ name }) => name));
  return new UsageError(`there is no command “${typed}”${meant ? `; did you mean “${meant}”?` : ''}`);
}

function fail(error: unknown, { err }: Output): number {
  const usage = error instanceof UsageError;
  err(usage ? `${error.message} (see: ${PROGRAM} ${error.command ? `${error.command} ` : ''}--help)` : explainError(error));
  if (debug()) for (const stack of stacksOf(error)) err(stack);
  return usage ? 2 : 1;
}

/** Stacks only: inspecting an error would show the parameters of its statement. */
function stacksOf(error: unknown): string[] {
  return error instanceof Error ? [error.stack ?? error.message, ...stacksOf(error.cause)] : [];
}

/** Read by itself, because it must be known when the other settings are wrong. */
function debug(): boolean {
  return SETTINGS.DEBUG.schema.safeParse(environment()['DEBUG']).data ?? false;
}
