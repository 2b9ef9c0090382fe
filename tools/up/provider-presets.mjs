/**
 * Providers that join the demo when their key is in the environment, with models whose list prices are known.
 * Prices are USD per million tokens.
 */
export const PROVIDER_PRESETS = [
  {
    name: 'openai',
    dialect: 'openai',
    keyVariable: 'OPENAI_API_KEY',
    baseUrlVariable: 'OPENAI_BASE_URL',
    baseUrl: 'https://api.openai.com/v1',
    models: [
      { name: 'gpt-4.1', price: { input: '2.00', output: '8.00', cached_input: '0.50' } },
      { name: 'gpt-4.1-mini', price: { input: '0.40', output: '1.60', cached_input: '0.10' } },
      { name: 'gpt-4.1-nano', price: { input: '0.10', output: '0.40', cached_input: '0.025' } },
      { name: 'gpt-4o', price: { input: '2.50', output: '10.00', cached_input: '1.25' } },
      { name: 'gpt-4o-mini', price: { input: '0.15', output: '0.60', cached_input: '0.075' } },
      { name: 'text-embedding-3-small', price: { input: '0.02', output: '0' } },
      { name: 'text-embedding-3-large', price: { input: '0.13', output: '0' } },
    ],
  },
  {
    name: 'anthropic',
    dialect: 'anthropic',
    keyVariable: 'ANTHROPIC_API_KEY',
    baseUrl: 'https://api.anthropic.com/v1',
    models: [
      { name: 'claude-opus-4-1', price: { input: '15.00', output: '75.00', cached_input: '1.50', cache_write: '18.75' } },
      { name: 'claude-sonnet-4-5', price: { input: '3.00', output: '15.00', cached_input: '0.30', cache_write: '3.75' } },
      { name: 'claude-haiku-4-5', price: { input: '1.00', output: '5.00', cached_input: '0.10', cache_write: '1.25' } },
    ],
  },
  {
    name: 'gemini',
    dialect: 'gemini',
    keyVariable: 'GEMINI_API_KEY',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    models: [
      { name: 'gemini-2.5-flash', price: { input: '0.30', output: '2.50' } },
      { name: 'gemini-2.5-flash-lite', price: { input: '0.10', output: '0.40' } },
    ],
  },
];
