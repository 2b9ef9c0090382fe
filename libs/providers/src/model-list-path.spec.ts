import { modelListPath } from './model-list-path';

describe('where a provider lists its models', () => {
  it.each([
    ['openai', 'https://api.openai.com/v1', {}, '/models'],
    ['simulator', '', {}, '/models'],
    ['anthropic', 'https://api.anthropic.com/v1', {}, '/models?limit=1000'],
    ['gemini', 'https://generativelanguage.googleapis.com/v1beta', {}, '/models?pageSize=1000'],
    ['azure-openai', 'https://me.openai.azure.com/openai/v1', {}, '/models'],
    ['azure-openai', 'https://me.openai.azure.com', { 'api-version': '2025-01-01-preview' }, '/openai/models?api-version=2025-01-01-preview'],
  ] as const)('%s at %s', (dialect, baseUrl, headers, path) => {
    expect(modelListPath({ dialect, baseUrl, headers })).toBe(path);
  });
});
