import OpenAI from 'openai';
import { openSpeakingHouse, PROVIDERS, type SpeakingHouse } from './speaking/speaking-house';
import { CALLS, CONCLUDED, SAID } from './speaking/spoken-provider';

type Item = OpenAI.Responses.ResponseInputItem;
type Turn = { role?: string; content?: unknown; parts?: unknown };

const TOOLS = CALLS.map(({ name }) => ({ type: 'function' as const, name, parameters: { type: 'object', properties: { city: { type: 'string' } } }, strict: false }));

/** What a provider was told, in whichever dialect: who spoke, and what was said. */
function talkIn({ messages, contents }: { messages?: Turn[]; contents?: Turn[] }): string[] {
  return (messages ?? contents ?? []).map(({ role, content, parts }) => `${role === 'model' ? 'assistant' : String(role)} ${textsIn(content ?? parts)}`);
}
function textsIn(content: unknown): string {
  if (typeof content === 'string') return content;
  return ((content ?? []) as { text?: string; thought?: boolean }[]).flatMap(({ text, thought }) => (text === undefined || thought ? [] : [text])).join('');
}

describe('responses that are kept', () => {
  let house: SpeakingHouse;
  let openai: OpenAI;

  beforeAll(async () => {
    house = await openSpeakingHouse();
    ({ openai } = house);
  });
  afterAll(() => house.close());
  beforeEach(() => {
    house.mood = { does: 'answer' };
    house.forget();
  });
  afterEach(() => expect(house.faults).toEqual([]));
  const heard = () => talkIn(house.upstream.calls.at(-1)?.body as Parameters<typeof talkIn>[0]);
  const finalOf = (asked: OpenAI.Responses.ResponseCreateParamsNonStreaming) => openai.responses.stream(asked as Parameters<typeof openai.responses.stream>[0]).finalResponse();

  describe.each(PROVIDERS.map(({ dialect }) => dialect))('of a provider that speaks %s', (model) => {
    it.each(['whole', 'streamed'])('are retrieved as they were given, listed with their input, continued and deleted: %s', async (way) => {
      const create = way === 'whole' ? (asked: OpenAI.Responses.ResponseCreateParamsNonStreaming) => openai.responses.create(asked) : finalOf;
      const first = await create({ model, input: 'My name is Ada.', instructions: 'Be brief.', metadata: { a: 'b' } });
      expect(first).toMatchObject({ id: expect.stringMatching(/^resp_/) as string, status: 'completed', store: true, previous_response_id: null, instructions: 'Be brief.', metadata: { a: 'b' }, truncation: 'disabled', output_text: SAID });
      expect(await openai.responses.retrieve(first.id)).toEqual(JSON.parse(JSON.stringify(first, (name, value: unknown) => (name === 'parsed' || name === 'output_parsed' || name === 'parsed_arguments' ? undefined : value))));

      const second = await create({ model, input: [{ role: 'user', content: 'What is my name?' }], previous_response_id: first.id });
      expect(second).toMatchObject({ previous_response_id: first.id, store: true, instructions: null });
      expect(heard().slice(0, 2)).toEqual(['user My name is Ada.', `assistant ${SAID}`]);
      expect(heard().at(-1)).toBe('user What is my name?');
      expect(JSON.stringify(house.upstream.calls.at(-1)?.body)).not.toContain('Be brief.');
      const third = await create({ model, input: 'And now?', previous_response_id: second.id, store: false });
      expect(third).toMatchObject({ store: false, previous_response_id: second.id });
      expect(heard().filter((said) => said.startsWith('user ') && said !== 'user ')).toEqual(['user My name is Ada.', 'user What is my name?', 'user And now?']);
      await expect(openai.responses.retrieve(third.id)).rejects.toThrow(OpenAI.NotFoundError);

      const items = [];
      for await (const item of openai.responses.inputItems.list(second.id, { order: 'asc', limit: 2 })) items.push(item);
      const said = items.filter((item) => item.type === 'message').map((item) => [item.role, item.content.map((part) => ('text' in part ? part.text : '')).join('')]);
      expect(said).toEqual([['user', 'My name is Ada.'], ['assistant', SAID], ['user', 'What is my name?']]);
      expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
      const { data, has_more: more } = await openai.responses.inputItems.list(second.id, { limit: 1 });
      expect([data.map(({ id }) => id), more]).toEqual([[items.at(-1)?.id], true]);

      await openai.responses.delete(first.id);
      await expect(openai.responses.retrieve(first.id)).rejects.toThrow(OpenAI.NotFoundError);
      await expect(openai.responses.delete(first.id)).rejects.toThrow(OpenAI.NotFoundError);
      const broken = create({ model, input: 'Hi', previous_response_id: second.id });
      await expect(broken).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found', param: 'previous_response_id', message: expect.stringContaining(`Previous response with id '${first.id}' not found.`) as string });
    });

    it('let tools be used in turns, with their results alone', async () => {
      const asked = await finalOf({ model, input: 'How is it in Tokyo?', tools: TOOLS });
      const calls = asked.output.filter((item) => item.type === 'function_call');
      expect(calls.map(({ name }) => name)).toEqual(CALLS.map(({ name }) => name));
      const results: Item[] = calls.map(({ call_id }, i) => ({ type: 'function_call_output', call_id, output: `result ${i}` }));
      const told = await openai.responses.create({ model, input: results, previous_response_id: asked.id, tools: TOOLS });
      expect(told.output_text).toBe(CONCLUDED);
      expect(house.heard.at(-1)?.results).toEqual(['result 0', 'result 1']);
      const body = JSON.stringify(house.upstream.calls.at(-1)?.body);
      for (const piece of ['How is it in Tokyo?', ...CALLS.map(({ name }) => name)]) expect(body).toContain(piece);
    });
  });
});
