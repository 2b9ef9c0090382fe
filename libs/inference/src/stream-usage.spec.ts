import { type CompletionRequest, NO_USAGE } from '@higress/kernel';
import { streamUsage } from './stream-usage';

const request = { estimatedInputTokens: 9 } as CompletionRequest;
const relay = (outputTokens: number | null, isUsageCurrent: boolean, estimate: number) => ({
  usage: outputTokens === null ? null : { ...NO_USAGE, inputTokens: 5, cachedInputTokens: 2, outputTokens },
  isUsageCurrent,
  estimateOutputTokens: () => estimate,
});

describe('streamUsage', () => {
  it('believes the provider once the stream is whole', () => {
    expect(streamUsage(request, relay(7, false, 100), true)).toMatchObject({ inputTokens: 5, outputTokens: 7, estimated: false });
  });

  it('believes a running count that nothing has followed, though the stream broke off', () => {
    expect(streamUsage(request, relay(7, true, 100), false)).toMatchObject({ outputTokens: 7, estimated: false });
  });

  it('counts what followed an old running count', () => {
    expect(streamUsage(request, relay(0, false, 100), false)).toMatchObject({ inputTokens: 5, cachedInputTokens: 2, outputTokens: 100, estimated: true });
    expect(streamUsage(request, relay(7, false, 3), false)).toMatchObject({ outputTokens: 7, estimated: true });
  });

  it('estimates both sides where the provider told nothing', () => {
    expect(streamUsage(request, relay(null, false, 3), true)).toMatchObject({ inputTokens: 9, outputTokens: 3, estimated: true });
  });
});
