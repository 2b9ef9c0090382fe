import { type CanonicalChunk, DomainError } from '@higress/kernel';
import { PassedStream, responseClient, responseIn, responseProvider, TranslatedStream } from '../../index';
import { anAnswerTarget, CODECS } from '../fixtures/codecs';
import { sdkInterfaces } from '../fixtures/sdk-interfaces';

type Event = { type: string; sequence_number: number; response?: Record<string, unknown>; item?: Record<string, unknown> } & Record<string, unknown>;

const eventsOf = (bytes: Buffer): Event[] => bytes.toString().split('\n\n').flatMap((event) => /^data: (.*)$/m.exec(event)?.[1] ?? []).map((data) => JSON.parse(data) as Event);
const sse = (...events: { type: string }[]) => Buffer.from(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
const call = (index: number, id: string, more: object = {}): CanonicalChunk => ({ type: 'tool_call', choice: 0, index, id, name: 'f', arguments: '{"a":1}', ...more });
const text = (said: string): CanonicalChunk => ({ type: 'text', choice: 0, block: 1, text: said });

/** One stream with a thought, a text that rests on something, a refusal, two kinds of calls and the usage. */
const EVERYTHING: CanonicalChunk[] = [
  { type: 'start', id: 'chatcmpl-1', model: 'm' },
  { type: 'reasoning', choice: 0, block: 0, text: 'Hm' },
  text('Hel'),
  text('lo'),
  { type: 'citation', choice: 0, block: 1, citation: { type: 'url', url: 'https://a.example', title: 'A', start: 0, end: 2 } },
  { type: 'refusal', choice: 0, text: 'No.' },
  call(0, 'a'),
  call(1, 'b', { custom: true, arguments: 'x' }),
  { type: 'finish', choice: 0, reason: 'tool_calls' },
  { type: 'usage', usage: { inputTokens: 5, cachedInputTokens: 2, cacheWriteTokens: 0, outputTokens: 3, reasoningTokens: 1, audioInputTokens: 0, audioOutputTokens: 0, longCacheWriteTokens: 0, estimated: false } },
];

const told = (chunks: CanonicalChunk[], target = anAnswerTarget()) => {
  const encoder = responseClient.streamEncoder(target);
  return eventsOf(Buffer.concat([...chunks.map((chunk) => encoder.push([chunk])), encoder.end()]));
};

describe('the stream of a response', () => {
  const membersOf = sdkInterfaces();
  const INTERFACES: Record<string, string> = {
    'response.created': 'ResponseCreatedEvent', 'response.in_progress': 'ResponseInProgressEvent', 'response.completed': 'ResponseCompletedEvent', 'response.incomplete': 'ResponseIncompleteEvent', 'response.failed': 'ResponseFailedEvent',
    'response.output_item.added': 'ResponseOutputItemAddedEvent', 'response.output_item.done': 'ResponseOutputItemDoneEvent', 'response.content_part.added': 'ResponseContentPartAddedEvent', 'response.content_part.done': 'ResponseContentPartDoneEvent',
    'response.output_text.delta': 'ResponseTextDeltaEvent', 'response.output_text.done': 'ResponseTextDoneEvent', 'response.output_text.annotation.added': 'ResponseOutputTextAnnotationAddedEvent', 'response.refusal.delta': 'ResponseRefusalDeltaEvent', 'response.refusal.done': 'ResponseRefusalDoneEvent',
    'response.function_call_arguments.delta': 'ResponseFunctionCallArgumentsDeltaEvent', 'response.function_call_arguments.done': 'ResponseFunctionCallArgumentsDoneEvent', 'response.custom_tool_call_input.delta': 'ResponseCustomToolCallInputDeltaEvent', 'response.custom_tool_call_input.done': 'ResponseCustomToolCallInputDoneEvent',
    'response.reasoning_summary_part.added': 'ResponseReasoningSummaryPartAddedEvent', 'response.reasoning_summary_part.done': 'ResponseReasoningSummaryPartDoneEvent', 'response.reasoning_summary_text.delta': 'ResponseReasoningSummaryTextDeltaEvent', 'response.reasoning_summary_text.done': 'ResponseReasoningSummaryTextDoneEvent',
  };
  const ITEMS: Record<string, string> = { message: 'ResponseOutputMessage', reasoning: 'ResponseReasoningItem', function_call: 'ResponseFunctionToolCall', custom_tool_call: 'ResponseCustomToolCall' };

  const failed = () => {
    const encoder = responseClient.streamEncoder(anAnswerTarget());
    return eventsOf(Buffer.concat([encoder.push(EVERYTHING.slice(0, 4)), encoder.fail(new DomainError('UPSTREAM_ERROR'))]));
  };

  it('has in every event the members that OpenAI’s SDK declares, and no others', () => {
    const events = [...told(EVERYTHING), ...told([text('a'), { type: 'finish', choice: 0, reason: 'length' }]), ...failed()];
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(Object.keys(INTERFACES)));
    for (const event of events) {
      const { required, all } = membersOf(INTERFACES[event.type] as string);
      expect([event.type, required.filter((name) => !(name in event)), Object.keys(event).filter((name) => !all.has(name))]).toEqual([event.type, [], []]);
      for (const item of [event.item, ...((event.response?.output as Record<string, unknown>[]) ?? [])]) {
        if (item) expect([item.type, membersOf(ITEMS[String(item.type)] as string).required.filter((name) => !(name in item))]).toEqual([item.type, []]);
      }
      // `output_text` is made by the SDK itself.
      if (event.response) expect(membersOf('Response').required.filter((name) => name !== 'output_text' && !(name in (event.response as object)))).toEqual([]);
    }
  });

  it('opens and ends each part within its item, in OpenAI’s order, numbered from 0 without a gap', () => {
    const events = told(EVERYTHING);
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, i) => i));
    expect(events.map(({ type }) => type.replace('response.', ''))).toEqual([
      'created', 'in_progress',
      'output_item.added', 'reasoning_summary_part.added', 'reasoning_summary_text.delta', 'reasoning_summary_text.done', 'reasoning_summary_part.done', 'output_item.done',
      'output_item.added', 'content_part.added', 'output_text.delta', 'output_text.delta', 'output_text.annotation.added', 'output_text.done', 'content_part.done', 'content_part.added', 'refusal.delta', 'refusal.done', 'content_part.done', 'output_item.done',
      'output_item.added', 'function_call_arguments.delta', 'function_call_arguments.done', 'output_item.done',
      'output_item.added', 'custom_tool_call_input.delta', 'custom_tool_call_input.done', 'output_item.done',
      'completed',
    ]);
  });

  it('that was cut off is incomplete, and so is the item in which it was', () => {
    const events = told([text('a'), { type: 'finish', choice: 0, reason: 'length' }]);
    expect(events.at(-2)).toMatchObject({ type: 'response.output_item.done', item: { status: 'incomplete' } });
    expect(events.at(-1)).toMatchObject({ type: 'response.incomplete', response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output: [{ status: 'incomplete' }] } });
    const whole = responseClient.encodeAnswer({ id: '', model: 'm', usage: null, choices: [{ parts: [{ type: 'text', text: 'a' }], finish: 'length' }] }, anAnswerTarget());
    expect(whole).toMatchObject({ status: 'incomplete', output: [{ status: 'incomplete' }] });
  });

  it('that broke off tells how far it came, under its id and with the next number', () => {
    const events = failed();
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, i) => i));
    expect(events.at(-1)?.response).toMatchObject({ id: events[0]?.response?.id, status: 'failed', error: { code: 'server_error' }, output: [{ type: 'reasoning' }, { type: 'message', status: 'incomplete', content: [{ text: 'Hello' }] }] });
  });

  it('has an id of ours where the provider’s own need not be the only one of its kind', () => {
    expect(told(EVERYTHING)[0]?.response?.id).toBe('resp_0190');
  });

  it('repeats what was asked, as OpenAI does', () => {
    const request = responseClient.decodeRequest({ model: 'm', input: 'a', metadata: { a: 'b' }, truncation: 'auto', user: 'u', safety_identifier: 's', text: { verbosity: 'low' }, store: true });
    const target = { ...anAnswerTarget(request), asked: { instructions: 'Be brief.' }, keeping: { store: true, previousId: 'resp_0' } };
    expect(told([text('a')], target).at(-1)?.response).toMatchObject({ instructions: 'Be brief.', metadata: { a: 'b' }, truncation: 'auto', user: 'u', safety_identifier: 's', store: true, previous_response_id: 'resp_0', background: false, text: { verbosity: 'low' } });
  });
});

describe('the stream of a response that passes', () => {
  const response = { id: 'resp_theirs', object: 'response', status: 'in_progress', store: false, previous_response_id: null, output: [], model: 'm' };
  const item = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: 'The "response": {}', annotations: [] }] };
  const BEGUN = [
    { type: 'response.created', sequence_number: 0, response },
    { type: 'response.in_progress', sequence_number: 1, response },
    { type: 'response.output_item.added', sequence_number: 2, output_index: 0, item: { ...item, status: 'in_progress', content: [] } },
    { type: 'response.content_part.added', sequence_number: 3, item_id: 'msg_1', output_index: 0, content_index: 0, part: { type: 'output_text', text: '', annotations: [] } },
    { type: 'response.output_text.delta', sequence_number: 4, item_id: 'msg_1', output_index: 0, content_index: 0, delta: 'The "response": {}' },
    { type: 'response.output_item.done', sequence_number: 5, output_index: 0, item },
  ];
  const completed = { type: 'response.completed', sequence_number: 6, response: { ...response, status: 'completed', output: [item] } };
  const passed = (keeping?: { store: boolean; previousId: string | null }) => new PassedStream(responseProvider.streamDecoder(), responseClient, { ...anAnswerTarget(), keeping });

  it('is byte for byte the provider’s where nothing is kept', () => {
    const stream = passed();
    expect(stream.push(sse(...BEGUN, completed)).forward).toEqual(sse(...BEGUN));
    expect(stream.whole(null)).toEqual(sse(completed));
  });

  it('tells in each event that carries the response what is kept, and leaves the others as they are', () => {
    const stream = passed({ store: true, previousId: 'resp_0' });
    const bytes = Buffer.concat([...Array.from(sse(...BEGUN, completed), (byte) => stream.push(Buffer.from([byte])).forward), stream.whole({ aside: 'data: {}' })]);
    const events = eventsOf(bytes);
    expect(events.map(({ type }) => type)).toEqual([...BEGUN, completed].map(({ type }) => type));
    const told = { store: true, previous_response_id: 'resp_0', id: 'resp_theirs' };
    for (const index of [0, 1, 6]) expect(events[index]).toMatchObject({ response: told });
    expect(events.slice(2, 6)).toEqual(BEGUN.slice(2));
    expect(responseIn(stream.whole({ aside: 'data: {}' }), true)).toMatchObject({ ...told, status: 'completed', output: [item] });
  });

  it.each([undefined, { store: true, previousId: null }])('that breaks ends under the id and with the number that its client expects: %j', (keeping) => {
    const stream = passed(keeping);
    stream.push(sse(...BEGUN));
    const { fault } = stream.push(sse({ type: 'error', sequence_number: 6, message: 'Oops' } as { type: string }));
    const [failed] = eventsOf(stream.broken(fault as DomainError));
    expect(failed).toMatchObject({ type: 'response.failed', sequence_number: 6, response: { id: 'resp_theirs', status: 'failed', store: keeping?.store ?? false, error: { code: 'server_error' }, output: [item] } });
  });

  it('that breaks before it told anything begins and ends at once', () => {
    expect(eventsOf(passed().broken(new DomainError('UPSTREAM_ERROR'))).map(({ type, sequence_number: number }) => [type, number])).toEqual([['response.created', 0], ['response.in_progress', 1], ['response.failed', 2]]);
  });

  it('leaves the streams of other dialects alone', () => {
    const stream = new PassedStream(CODECS.anthropic.provider.streamDecoder(), CODECS.anthropic.client, { ...anAnswerTarget(), keeping: { store: true, previousId: null } });
    const bytes = sse({ type: 'message_start', message: { id: 'msg_1', response: {} } } as { type: string });
    expect(stream.push(bytes).forward).toEqual(bytes);
    expect(new TranslatedStream(responseProvider.streamDecoder(), CODECS.openai.client, anAnswerTarget()).push(sse(...BEGUN)).fault).toBeNull();
  });
});
