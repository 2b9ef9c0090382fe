import type { Citation, Signature, TokenLogprob, ToolCallPart } from '@higress/kernel';
import { writeLogprobs } from '../openai-chat/chat-logprobs';
import type { Json } from '../canonical/fields';
import { GrowingJson } from '../canonical/growing-json';
import { writeReasoningItem } from './encode-response-request';
import { writeFlatAnnotations } from './flat-annotations';
import { writeCallItem } from './response-answer';

type Events = [string, Json][];
type ItemStatus = 'completed' | 'incomplete';

interface Content {
  readonly key: string;
  readonly kind: 'output_text' | 'refusal';
  text: string;
  readonly annotations: Json[];
  readonly logprobs: unknown[];
}

/** One item of a streamed response while it grows: a message, a train of thought or a call. Every method gives the events that tell of the step. */
export class OpenItem {
  private readonly contents: Content[] = [];
  private said = '';
  private readonly argued = new GrowingJson();
  private signature: Signature | undefined;

  private constructor(
    private readonly kind: 'message' | 'reasoning' | 'call',
    private readonly id: string,
    readonly index: number,
    private readonly called: { readonly part: ToolCallPart; readonly requestId: string } | undefined,
  ) {}

  static message(id: string, index: number): OpenItem {
    return new OpenItem('message', id, index, undefined);
  }

  static reasoning(id: string, index: number): OpenItem {
    return new OpenItem('reasoning', id, index, undefined);
  }

  static call(part: ToolCallPart, requestId: string, index: number): OpenItem {
    return new OpenItem('call', String(writeCallItem(part, requestId, index).id), index, { part, requestId });
  }

  begin(): Events {
    return [['response.output_item.added', { output_index: this.index, item: this.item('in_progress') }]];
  }

  text(block: number, text: string): Events {
    const events = this.content(`text ${block}`, 'output_text');
    (this.contents.at(-1) as Content).text += text;
    return [...events, ['response.output_text.delta', { ...this.place(), delta: text, logprobs: [] }]];
  }

  refusal(text: string): Events {
    const events = this.content('refusal', 'refusal');
    (this.contents.at(-1) as Content).text += text;
    return [...events, ['response.refusal.delta', { ...this.place(), delta: text }]];
  }

  cite(block: number, citation: Citation): Events {
    const [annotation] = writeFlatAnnotations([citation]);
    if (!annotation) return [];
    const events = this.content(`text ${block}`, 'output_text');
    const { annotations } = this.contents.at(-1) as Content;
    annotations.push(annotation);
    return [...events, ['response.output_text.annotation.added', { ...this.place(), annotation_index: annotations.length - 1, annotation }]];
  }

  /** What the tokens of the text were worth: with an empty delta, because it is told apart from the text. */
  logprobs(tokens: readonly TokenLogprob[]): Events {
    const events = this.contents.length === 0 ? this.content('text 0', 'output_text') : [];
    const told = writeLogprobs(tokens).content as unknown[];
    (this.contents.at(-1) as Content).logprobs.push(...told);
    return [...events, ['response.output_text.delta', { ...this.place(), delta: '', logprobs: told }]];
  }

  think(text: string, signature: Signature | undefined): Events {
    this.signature = signature ?? this.signature;
    if (text === '') return [];
    const isFirst = this.said === '';
    this.said += text;
    const place = { item_id: this.id, output_index: this.index, summary_index: 0 };
    return [...(isFirst ? ([['response.reasoning_summary_part.added', { ...place, part: { type: 'summary_text', text: '' } }]] as Events) : []), ['response.reasoning_summary_text.delta', { ...place, delta: text }]];
  }

  argue(text: string): Events {
    if (text === '') return [];
    this.said += text;
    this.argued.push(text);
    const type = this.called?.part.custom ? 'response.custom_tool_call_input.delta' : 'response.function_call_arguments.delta';
    return [[type, { item_id: this.id, output_index: this.index, delta: text }]];
  }

  /** True for a call whose arguments are whole JSON: nothing more can follow. */
  isWhole(): boolean {
    return this.argued.isWhole || this.called?.part.custom === true;
  }

  /** @param status `incomplete` where the answer was cut off within the item */
  end(status: ItemStatus): Events {
    return [...this.last(), ['response.output_item.done', { output_index: this.index, item: this.done(status) }]];
  }

  done(status: ItemStatus): Json {
    return this.item(status);
  }

  private last(): Events {
    const place = { item_id: this.id, output_index: this.index };
    if (this.kind === 'message') return this.endContent();
    if (this.kind === 'reasoning') {
      if (this.said === '') return [];
      const summary = { ...place, summary_index: 0 };
      return [['response.reasoning_summary_text.done', { ...summary, text: this.said }], ['response.reasoning_summary_part.done', { ...summary, part: { type: 'summary_text', text: this.said } }]];
    }
    return [this.called?.part.custom ? ['response.custom_tool_call_input.done', { ...place, input: this.said }] : ['response.function_call_arguments.done', { ...place, name: this.called?.part.name, arguments: this.said }]];
  }

  /** Opens the content unless it is the open one. */
  private content(key: string, kind: Content['kind']): Events {
    if (this.contents.at(-1)?.key === key) return [];
    const events = this.endContent();
    this.contents.push({ key, kind, text: '', annotations: [], logprobs: [] });
    return [...events, ['response.content_part.added', { ...this.place(), part: written(this.contents.at(-1) as Content) }]];
  }

  private endContent(): Events {
    const open = this.contents.at(-1);
    if (!open) return [];
    const done: [string, Json] = open.kind === 'refusal' ? ['response.refusal.done', { ...this.place(), refusal: open.text }] : ['response.output_text.done', { ...this.place(), text: open.text, logprobs: open.logprobs }];
    return [done, ['response.content_part.done', { ...this.place(), part: written(open) }]];
  }

  private place(): Json {
    return { item_id: this.id, output_index: this.index, content_index: this.contents.length - 1 };
  }

  private item(status: ItemStatus | 'in_progress'): Json {
    if (this.called) return writeCallItem({ ...this.called.part, arguments: this.said }, this.called.requestId, this.index, status);
    if (this.kind === 'reasoning') return writeReasoningItem({ type: 'reasoning', text: this.said, signature: this.signature }, this.id);
    return { id: this.id, type: 'message', role: 'assistant', status, content: this.contents.map(written) };
  }
}

function written({ kind, text, annotations, logprobs }: Content): Json {
  return kind === 'refusal' ? { type: 'refusal', refusal: text } : { type: 'output_text', text, annotations: [...annotations], logprobs: [...logprobs] };
}
