import { parseArgs } from 'node:util';
import { UsageError } from './usage-error';

export interface OptionLine {
  readonly type: 'string' | 'boolean';
  /** What stands for the value in the help: `--tenant <name or id>`. */
  readonly value?: string;
  readonly doc: string;
  readonly required?: boolean;
}

export type OptionTable = Readonly<Record<string, OptionLine>>;

type OptionValue<L extends OptionLine> = L['type'] extends 'boolean' ? boolean : L extends { required: true } ? string : string | undefined;

export interface Call<O extends OptionTable> {
  readonly options: { readonly [N in keyof O]: OptionValue<O[N]> };
  readonly args: readonly string[];
  /** One line to stdout. */
  print(line: string): void;
}

export interface CommandTerms<O extends OptionTable> {
  /** As it is typed: `migrate up`. */
  readonly name: string;
  readonly summary: string;
  /** What follows the name, in order: `<key>` must be given, `[steps]` may be. */
  readonly args?: readonly string[];
  readonly options?: O;
  /** More lines for the help. */
  readonly notes?: string;
  /** Returns the exit code where it is not 0. To throw is to fail with one line. */
  run(call: Call<O>): Promise<number | void>;
}

export interface Command extends Omit<CommandTerms<OptionTable>, 'run'> {
  /** @throws UsageError for arguments that do not fit; whatever the command throws. */
  start(argv: readonly string[], print: (line: string) => void): Promise<number>;
}

/** Binds a command to its options, so that it reads them typed and checked. */
export function defineCommand<const O extends OptionTable>(terms: CommandTerms<O>): Command {
  return {
    ...terms,
    start: async (argv, print) => {
      const { values, positionals } = parse(argv, terms);
      const call = { options: values, args: positionals, print } as unknown as Call<O>;
      return (await terms.run(call)) ?? 0;
    },
  };
}

function parse(argv: readonly string[], { name, args = [], options = {} }: Pick<CommandTerms<OptionTable>, 'name' | 'args' | 'options'>) {
  const parsed = readArgs(argv, name, options);
  for (const [option, line] of Object.entries(options)) {
    if (line.required && !parsed.values[option]) throw new UsageError(`--${option} is missing`, name);
    if (line.type === 'boolean') parsed.values[option] ??= false;
  }
  const missing = args.slice(parsed.positionals.length).find((arg) => arg.startsWith('<'));
  if (missing) throw new UsageError(`${missing} is missing`, name);
  if (parsed.positionals.length > args.length) throw new UsageError(`“${parsed.positionals[args.length]}” is one argument too many`, name);
  return parsed;
}

function readArgs(argv: readonly string[], name: string, options: OptionTable) {
  try {
    return parseArgs({ args: [...argv], options: Object.fromEntries(Object.entries(options).map(([option, { type }]) => [option, { type }])), allowPositionals: true });
  } catch (error) {
    // Node's own message goes on about `--`; its first sentence is enough.
    throw new UsageError((error as Error).message.split('. ')[0] ?? '', name);
  }
}
