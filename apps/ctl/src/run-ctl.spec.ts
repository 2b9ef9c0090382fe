import { COMMANDS } from './commands';
import { runCtl } from './run-ctl';

async function ctl(...argv: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCtl(argv, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

describe('ctl', () => {
  it('lists every command with --help, and without a word', async () => {
    const help = await ctl('--help');
    expect(help).toMatchObject({ code: 0, err: '' });
    for (const { name, summary } of COMMANDS) expect(help.out).toMatch(new RegExp(`^  ${name}.* ${summary.replaceAll('.', '\\.')}$`, 'm'));
    expect(await ctl()).toEqual({ ...help, code: 2 });
  });

  it.each(COMMANDS.map((command) => [command.name, command] as const))('tells with “%s --help” how to type it', async (name, command) => {
    const help = await ctl(...name.split(' '), '--help');
    expect(help.code).toBe(0);
    expect(help.out).toContain(`npm run ctl -- ${name}`);
    for (const option of Object.keys(command.options ?? {})) expect(help.out).toContain(`--${option}`);
  });

  it('lists the commands of one family', async () => {
    const { out } = await ctl('migrate', '--help');
    expect(out).toContain('migrate down');
    expect(out).not.toContain('queues stats');
  });

  it('refuses a command that it does not know, with the one that was meant', async () => {
    expect(await ctl('migrate', 'upp')).toEqual({ code: 2, out: '', err: 'there is no command “migrate upp”; did you mean “migrate up”? (see: npm run ctl -- --help)' });
  });

  it('refuses an option that the command does not have', async () => {
    expect(await ctl('migrate', 'up', '--force')).toMatchObject({ code: 2, err: "Unknown option '--force' (see: npm run ctl -- migrate up --help)" });
  });
});
