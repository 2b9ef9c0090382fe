import { readOpenAiUsage } from './answer-usage';

describe('the usage of an answer in OpenAI’s form', () => {
  it('counts cached tokens once, in OpenAI’s words and in DeepSeek’s', () => {
    const counted = { inputTokens: 100, cachedInputTokens: 60, cacheWriteTokens: 0, outputTokens: 7, reasoningTokens: 0, estimated: false };
    expect(readOpenAiUsage({ prompt_tokens: 100, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 60 } })).toEqual(counted);
    expect(readOpenAiUsage({ prompt_tokens: 100, completion_tokens: 7, prompt_cache_hit_tokens: 60, prompt_cache_miss_tokens: 40 })).toEqual(counted);
    expect(readOpenAiUsage({ prompt_tokens: 100, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 60 }, prompt_cache_hit_tokens: 60 })).toEqual(counted);
  });

  it('never has parts that exceed their whole', () => {
    expect(readOpenAiUsage({ prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 11, cache_write_tokens: 4 }, completion_tokens_details: { reasoning_tokens: 6 } })).toEqual({ inputTokens: 10, cachedInputTokens: 10, cacheWriteTokens: 0, outputTokens: 5, reasoningTokens: 5, estimated: true });
  });

  it.each([null, 'x', {}, { prompt_tokens: -1 }, { prompt_tokens: 1.5 }, { prompt_tokens: 1e12 }, { prompt_tokens: 1, completion_tokens: 'x' }])('is none where it cannot be true: %j', (usage) => {
    expect(readOpenAiUsage(usage)).toBeNull();
  });

  it('tells tokens of sound apart where there are any, never more than their whole', () => {
    const told = { prompt_tokens: 100, completion_tokens: 50, prompt_tokens_details: { audio_tokens: 80, cached_tokens: 10 }, completion_tokens_details: { audio_tokens: 60, reasoning_tokens: 5 } };
    expect(readOpenAiUsage(told)).toEqual({ inputTokens: 100, cachedInputTokens: 10, cacheWriteTokens: 0, outputTokens: 50, reasoningTokens: 5, estimated: false, audioInputTokens: 80, audioOutputTokens: 50 });
    expect(readOpenAiUsage({ prompt_tokens: 1, completion_tokens: 1, prompt_tokens_details: { audio_tokens: 0 } })).toEqual({ inputTokens: 1, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 1, reasoningTokens: 0, estimated: false });
  });
});
