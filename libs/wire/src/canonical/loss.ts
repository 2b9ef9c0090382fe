import { type ClientDialect, DomainError } from '@higress/kernel';

/** Where a dialect spells a parameter unlike OpenAI. */
const SPELLINGS: Partial<Record<ClientDialect, Readonly<Record<string, string>>>> = {
  responses: { reasoning_effort: 'reasoning', response_format: 'text.format', n: 'n' },
  anthropic: { stop: 'stop_sequences', reasoning_effort: 'thinking', response_format: 'output_config', user: 'metadata.user_id' },
  gemini: {
    top_k: 'generationConfig.topK', top_p: 'generationConfig.topP', n: 'generationConfig.candidateCount', seed: 'generationConfig.seed', stop: 'generationConfig.stopSequences', logprobs: 'generationConfig.responseLogprobs',
    frequency_penalty: 'generationConfig.frequencyPenalty', presence_penalty: 'generationConfig.presencePenalty', reasoning_effort: 'generationConfig.thinkingConfig', response_format: 'generationConfig.responseSchema',
    modalities: 'generationConfig.responseModalities', tool_choice: 'toolConfig',
  },
};

/**
 * What of a request a provider cannot be asked. A hint, whose absence no answer shows, is dropped and named; anything else is refused,
 * unless the caller said that it may be dropped too.
 */
export class Loss {
  private readonly names = new Set<string>();

  constructor(
    private readonly from: ClientDialect,
    private readonly to: string,
    private readonly mayDrop: boolean,
  ) {}

  /** As the caller spelled them, in the order in which they were met. */
  get dropped(): string[] {
    return [...this.names];
  }

  hint(name: string): void {
    this.names.add(this.spelled(name));
  }

  /** @throws DomainError UNSUPPORTED_PARAMETER */
  param(name: string, why = `cannot be passed on to a provider that speaks ${this.to}`): void {
    const param = this.spelled(name);
    if (!this.mayDrop) throw new DomainError('UNSUPPORTED_PARAMETER', { message: `'${param}' ${why}. Leave it out, or allow to drop it with the header x-gateway-drop-params: true.`, param });
    this.names.add(param);
  }

  private spelled(name: string): string {
    return SPELLINGS[this.from]?.[name] ?? name;
  }
}
