import type { Command, OptionLine } from './command';
import { textTable } from './text-table';

/** All commands, one line each. */
export function overview(commands: readonly Command[], program: string): string {
  const lines = commands.map((command) => [`  ${usage(command)}`, command.summary]);
  return [`${program} <command> [options]`, '', ...textTable(['Commands:', ''], lines), '', `${program} <command> --help tells more.`].join('\n');
}

/** How to type one command, and what its options do. */
export function helpOf(command: Command, program: string): string {
  const options = Object.entries(command.options ?? {}).map(([name, line]) => [`  ${optionUsage(name, line)}`, line.doc + (line.required ? ' Required.' : '')]);
  const blocks = [`${program} ${usage(command)}${options.length > 0 ? ' [options]' : ''}`, command.summary];
  if (options.length > 0) blocks.push(textTable(['Options:', ''], options).join('\n'));
  if (command.notes) blocks.push(command.notes);
  return blocks.join('\n\n');
}

function usage({ name, args = [] }: Command): string {
  return [name, ...args].join(' ');
}

function optionUsage(name: string, { type, value = name }: OptionLine): string {
  return type === 'boolean' ? `--${name}` : `--${name} <${value}>`;
}
