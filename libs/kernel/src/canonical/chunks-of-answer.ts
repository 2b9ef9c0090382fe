import type { CanonicalAnswer, CanonicalChoice, CanonicalChunk } from './canonical-answer';
import type { Part } from './content';

/** A whole answer as a stream of it would have told it: one chunk a part. */
export function* chunksOfAnswer(answer: CanonicalAnswer): Generator<CanonicalChunk> {
  yield { type: 'start', id: answer.id, model: answer.model, createdUnix: answer.createdUnix, serviceTier: answer.serviceTier };
  for (const [choice, said] of answer.choices.entries()) yield* chunksOfChoice(choice, said);
  if (answer.usage) yield { type: 'usage', usage: answer.usage };
}

function* chunksOfChoice(choice: number, { parts, logprobs, finish, stopSequence }: CanonicalChoice): Generator<CanonicalChunk> {
  let calls = 0;
  const first = parts.findIndex(({ type }) => type === 'text');
  for (const [block, part] of parts.entries()) {
    if (part.type === 'tool_call') yield { type: 'tool_call', choice, index: calls++, id: part.id, name: part.name, arguments: part.arguments, custom: part.custom, signature: part.signature };
    else yield* chunksOfPart(choice, block, part);
    // As a stream has them: beside the text that they are about.
    if (logprobs && block === first) yield { type: 'logprobs', choice, tokens: logprobs };
  }
  yield { type: 'finish', choice, reason: finish, stopSequence };
}

function* chunksOfPart(choice: number, block: number, part: Part): Generator<CanonicalChunk> {
  switch (part.type) {
    case 'text':
      yield { type: 'text', choice, block, text: part.text };
      for (const citation of part.citations ?? []) yield { type: 'citation', choice, block, citation };
      return;
    case 'reasoning':
      return yield { type: 'reasoning', choice, block, text: part.text, signature: part.signature, redacted: part.redacted, id: part.id };
    case 'refusal':
      return yield { type: 'refusal', choice, text: part.text };
    case 'image':
      return yield { type: 'image', choice, source: part.source };
    case 'opaque':
      return yield { type: 'opaque', choice, dialect: part.dialect, value: part.value };
    case 'audio':
      return yield { type: 'audio', choice, id: part.id, data: part.source.kind === 'data' ? part.source.data : undefined, transcript: part.transcript, expiresAt: part.expiresAt };
    default:
  }
}
