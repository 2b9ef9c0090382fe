import { defineCommand } from './command';

const said: string[] = [];
const print = (line: string) => void said.push(line);
const greet = defineCommand({
  name: 'greet',
  summary: 'Greets.',
  args: ['<who>', '[when]'],
  options: { with: { type: 'string', required: true, doc: 'What with.' }, loud: { type: 'boolean', doc: 'Shouts.' } },
  run: async ({ args: [who, when = 'now'], options, print: say }) => {
    say(`${options.loud ? 'HELLO' : 'hello'} ${who} ${when} with ${options.with}`);
    return who === 'nobody' ? 1 : undefined;
  },
});

describe('defineCommand', () => {
  beforeEach(() => said.splice(0));

  it('hands over arguments and options, and exits with 0 unless told', async () => {
    expect(await greet.start(['Ada', '--with', 'flowers', '--loud'], print)).toBe(0);
    expect(await greet.start(['nobody', 'later', '--with=cake'], print)).toBe(1);
    expect(said).toEqual(['HELLO Ada now with flowers', 'hello nobody later with cake']);
  });

  it.each([
    [['--with', 'cake'], '<who> is missing'],
    [['Ada'], '--with is missing'],
    [['Ada', 'now', 'then', '--with', 'cake'], '“then” is one argument too many'],
    [['Ada', '--with', 'cake', '--quiet'], "Unknown option '--quiet'"],
    [['Ada', '--with'], "Option '--with <value>' argument missing"],
  ])('refuses %p', async (argv, problem) => {
    await expect(greet.start(argv, print)).rejects.toMatchObject({ name: 'UsageError', command: 'greet', message: expect.stringContaining(problem) });
    expect(said).toEqual([]);
  });
});
