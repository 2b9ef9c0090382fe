import { type House, openHouse } from './open-house';

/** What an agent on Anthropic's dialect sends: a long system prompt in marked blocks, many tools, thoughts, a turn of tools behind it. */
const CLAUDE_CODE = {
  model: 'sim',
  max_tokens: 32_000,
  stream: true,
  metadata: { user_id: 'user_0123_account__session_4567' },
  thinking: { type: 'enabled', budget_tokens: 31_999 },
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  system: [
    { type: 'text', text: 'You are an agent for the command line.', cache_control: { type: 'ephemeral' } },
    { type: 'text', text: 'Working directory: /repo', cache_control: { type: 'ephemeral' } },
  ],
  tools: [
    { name: 'Bash', description: 'Runs a command.', input_schema: { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', properties: { command: { type: 'string' }, timeout: { type: 'number' } }, required: ['command'], additionalProperties: false } },
    { name: 'Read', description: 'Reads a file.', input_schema: { type: 'object', properties: { file_path: { type: 'string' } }, required: ['file_path'] } },
  ],
  messages: [
    { role: 'user', content: [{ type: 'text', text: '<system-reminder>Be brief.</system-reminder>' }, { type: 'text', text: 'List the files.' }] },
    { role: 'assistant', content: [{ type: 'thinking', thinking: 'I should list them.', signature: 'EqQB' }, { type: 'text', text: 'I will look.' }, { type: 'tool_use', id: 'toolu_01', name: 'Bash', input: { command: 'ls' } }, { type: 'tool_use', id: 'toolu_02', name: 'Read', input: { file_path: 'x' } }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_01', content: 'README.md', is_error: false }, { type: 'tool_result', tool_use_id: 'toolu_02', content: [{ type: 'text', text: 'No such file' }], is_error: true, cache_control: { type: 'ephemeral' } }] },
  ],
};

/** What an agent on Responses sends: nothing stored, thoughts sealed, a tool of free text, its own cache key. */
const CODEX = {
  model: 'sim',
  instructions: 'You are a coding agent.',
  input: [
    { type: 'message', role: 'developer', content: [{ type: 'input_text', text: '<permissions>read only</permissions>' }] },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: '<environment_context>/repo</environment_context>' }] },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'List the files.' }] },
    { type: 'reasoning', id: 'rs_1', summary: [], content: null, encrypted_content: 'gAAAA' },
    { type: 'function_call', name: 'shell', arguments: '{"command":["ls"]}', call_id: 'call_1' },
    { type: 'function_call_output', call_id: 'call_1', output: '{"output":"README.md","metadata":{"exit_code":0}}' },
    { type: 'custom_tool_call', name: 'apply_patch', input: '*** Begin Patch', call_id: 'call_2', status: 'completed' },
    { type: 'custom_tool_call_output', call_id: 'call_2', output: 'Done' },
  ],
  tools: [
    { type: 'function', name: 'shell', description: 'Runs a command.', strict: false, parameters: { type: 'object', properties: { command: { type: 'array', items: { type: 'string' } } }, required: ['command'] } },
    { type: 'custom', name: 'apply_patch', description: 'Patches files.', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
  ],
  tool_choice: 'auto',
  parallel_tool_calls: false,
  reasoning: { effort: 'medium', summary: 'auto' },
  store: false,
  stream: true,
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: '0199-conversation',
  text: { verbosity: 'low' },
};

/** The same agent on a model that decides by itself how long to think: marks that last an hour, a tool of a server of tools, one that the provider runs. */
const CLAUDE_CODE_ADAPTIVE = {
  ...CLAUDE_CODE,
  thinking: { type: 'adaptive', display: 'summarized' },
  output_config: { effort: 'high' },
  metadata: { user_id: '{"device_id":"0123","account_uuid":"","session_id":"4567"}' },
  system: [{ type: 'text', text: 'x-agent-billing-header: version=2.1' }, { type: 'text', text: 'You are an agent for the command line.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
  tools: [...CLAUDE_CODE.tools, { name: 'mcp__tickets__search', description: 'Finds tickets.', input_schema: { type: 'object', properties: { query: { type: 'string' } } }, eager_input_streaming: true, cache_control: { type: 'ephemeral' } }],
  tool_choice: { type: 'auto' },
};

const eventsOf = async (response: Response) => (await response.text()).split('\n\n').flatMap((event) => (/^event: (.+)$/m.exec(event) ? [{ name: /^event: (.+)$/m.exec(event)?.[1], data: JSON.parse(/^data: (.+)$/m.exec(event)?.[1] ?? '{}') as Record<string, unknown> }] : []));

describe('agents that write code, on a provider of another dialect', () => {
  let house: House;

  beforeAll(async () => {
    house = await openHouse({
      file: ({ upstream, key }) => ({
        providers: [{ name: 'simulator', dialect: 'simulator' }, { name: 'first', dialect: 'anthropic', base_url: upstream.url, credentials: [{ value: 'credential-of-first' }] }],
        models: [
          { name: 'sim', deployments: [{ provider: 'simulator', upstream_model: 'sim-fast', price: { input: '1', output: '2' } }] },
          { name: 'claude', deployments: [{ provider: 'first', upstream_model: 'claude-x', price: { input: '1', output: '2' }, max_output_tokens: 500 }] },
        ],
        tenants: [{ name: 'acme', billing: 'postpaid', limits: { unlimited: true } }, { name: 'paid', billing: 'prepaid', opening_credit_usd: '1', limits: { unlimited: true } }],
        keys: [{ tenant: 'acme', name: 'test', value: key, limits: { unlimited: true } }, { tenant: 'paid', name: 'paid', value: `${key}-paid`, limits: { unlimited: true } }],
      }),
    });
  });
  afterAll(() => house.close());

  it('work as Claude Code does: with betas, marked blocks, thoughts and failed tools', async () => {
    const headers = { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'claude-code-20250219,interleaved-thinking-2025-05-14' };
    const response = await house.post('/v1/messages?beta=true', CLAUDE_CODE, headers);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-gateway-dropped-params')).toContain('context_management');
    const events = await eventsOf(response);
    expect(events.map(({ name }) => name).filter((name, i, all) => name !== all[i - 1])).toEqual(['message_start', 'content_block_start', 'content_block_delta', 'content_block_stop', 'message_delta', 'message_stop']);
    expect(events.at(-2)?.data).toMatchObject({ usage: { input_tokens: expect.any(Number) as number, output_tokens: expect.any(Number) as number } });
    const counted = await house.post('/v1/messages/count_tokens?beta=true', { model: 'sim', system: CLAUDE_CODE.system, tools: CLAUDE_CODE.tools, messages: CLAUDE_CODE.messages }, headers);
    expect(await counted.json()).toEqual({ input_tokens: expect.any(Number) as number });
  });

  it('work as Codex does: with sealed thoughts, functions and tools of free text', async () => {
    const response = await house.post('/v1/responses', CODEX);
    expect(response.status).toBe(200);
    const events = await eventsOf(response);
    expect(events[0]?.name).toBe('response.created');
    expect(events.at(-1)).toMatchObject({ name: 'response.completed', data: { response: { status: 'completed', usage: { input_tokens_details: { cached_tokens: 0 }, output_tokens_details: {} } } } });
    expect(events.some(({ name }) => name === 'response.output_text.delta')).toBe(true);
  });

  it('work as Claude Code does on newer models, and pass as they are to Anthropic, betas and all', async () => {
    const headers = { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'claude-code-20250219,context-management-2025-06-27,prompt-caching-scope-2026-01-05', 'x-app': 'cli', 'user-agent': 'claude-cli/2.1.0 (external, cli)' };
    const response = await house.post('/v1/messages?beta=true', CLAUDE_CODE_ADAPTIVE, headers);
    expect(response.status).toBe(200);
    expect((await eventsOf(response)).at(-1)?.name).toBe('message_stop');
    house.upstream.reset();
    house.upstream.next({ body: { id: 'msg_1', type: 'message', role: 'assistant', content: [], stop_reason: 'end_turn', usage: { input_tokens: 3, output_tokens: 1 } } });
    const asked = { ...CLAUDE_CODE_ADAPTIVE, model: 'claude', stream: false };
    expect((await house.post('/v1/messages?beta=true', asked, headers)).status).toBe(200);
    expect(house.upstream.calls[0]?.body).toEqual({ ...asked, model: 'claude-x' });
    expect(house.upstream.calls[0]?.headers).toMatchObject({ 'anthropic-beta': headers['anthropic-beta'], 'x-api-key': 'credential-of-first' });
    // Counting asks nobody.
    expect((await house.post('/v1/messages/count_tokens?beta=true', { model: 'claude', messages: asked.messages, tools: asked.tools, thinking: asked.thinking }, headers)).status).toBe(200);
    expect(house.upstream.calls).toHaveLength(1);
    house.upstream.reset();
  });

  it('hear which of Codex’s tools only OpenAI runs, and go on without them where that is allowed', async () => {
    const asked = { ...CODEX, tools: [...CODEX.tools, { type: 'local_shell' }, { type: 'web_search', external_web_access: false }], client_metadata: { 'x-codex-installation-id': '0123' } };
    const headers = { originator: 'codex_cli_rs', session_id: '0199', 'x-codex-turn-metadata': '{}' };
    const refused = await house.post('/v1/responses', asked, headers);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { param: 'tools', gateway_code: 'UNSUPPORTED_PARAMETER', message: expect.stringContaining('local_shell') as string } });
    const answered = await house.post('/v1/responses', asked, { ...headers, 'x-gateway-drop-params': 'true' });
    expect(answered.status).toBe(200);
    expect(answered.headers.get('x-gateway-dropped-params')).toContain('tools');
    expect((await eventsOf(answered)).at(-1)?.name).toBe('response.completed');
  });

  it('are told in their own form what they may not ask, and get it without where they allow that', async () => {
    const asked = { model: 'claude', messages: [{ role: 'user', content: 'Hi' }], logit_bias: { 1: 1 }, seed: 4 };
    const refused = await house.post('/v1/chat/completions', asked);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { code: 'unsupported_parameter', gateway_code: 'UNSUPPORTED_PARAMETER', param: 'logit_bias' } });
    expect(house.upstream.calls).toHaveLength(0);
    house.upstream.next({ body: { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-x', content: [{ type: 'text', text: 'Hello' }], stop_reason: 'end_turn', usage: { input_tokens: 3, output_tokens: 1 } } });
    const answered = await house.post('/v1/chat/completions', asked, { 'x-gateway-drop-params': 'true' });
    expect(answered.status).toBe(200);
    expect(answered.headers.get('x-gateway-dropped-params')).toBe('logit_bias, seed');
    expect(await answered.json()).toMatchObject({ model: 'claude', choices: [{ message: { content: 'Hello' } }] });
    expect(house.upstream.calls[0]).toMatchObject({ path: '/v1/messages', headers: { 'x-api-key': 'credential-of-first', 'anthropic-version': '2023-06-01' }, body: { model: 'claude-x', max_tokens: 500 } });
    expect(house.upstream.calls[0]?.headers.authorization).toBeUndefined();
  });

  it('pass as they are to a provider that speaks as they do', async () => {
    house.upstream.reset();
    const text = '{ "max_tokens":5,  "model": "claude", "messages":[{"role":"user","content":"H\\u0069"}], "mystery": 1.0 }';
    const answer = '{"id":"msg_1","type":"message","role":"assistant","content":[ {"type":"text","text":"Hello"} ],"stop_reason":"end_turn","mystery":[],"usage":{"input_tokens":3,"output_tokens":1}}';
    house.upstream.next({ body: answer });
    const response = await house.post('/v1/messages', text, { 'anthropic-beta': 'new-2026' });
    expect(await response.text()).toBe(answer);
    expect(house.upstream.calls[0]?.raw.toString()).toBe(text.replace('"claude"', '"claude-x"'));
    expect(house.upstream.calls[0]?.headers['anthropic-beta']).toBe('new-2026');
  });

  it('are bounded where they pay in advance, in whichever dialect', async () => {
    house.upstream.reset();
    house.upstream.always({ body: { id: 'msg_1', type: 'message', role: 'assistant', content: [], stop_reason: 'end_turn', usage: { input_tokens: 3, output_tokens: 1 } } });
    const paid = { authorization: `Bearer ${house.key}-paid` };
    expect((await house.post('/v1beta/models/claude:generateContent', { contents: [{ parts: [{ text: 'Hi' }] }] }, paid)).status).toBe(200);
    expect((await house.post('/v1/responses', { model: 'claude', input: 'Hi' }, paid)).status).toBe(200);
    expect(house.upstream.calls.map(({ body }) => (body as { max_tokens: number }).max_tokens)).toEqual([500, 500]);
  });

  it('hear errors in the form of their path', async () => {
    expect(await (await house.post('/v1beta/models/nobody:generateContent', { contents: [{ parts: [] }] })).json()).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } });
    expect(await (await house.post('/v1beta/models/sim:doMagic', {})).json()).toMatchObject({ error: { code: 404 } });
    expect(await (await house.post('/v1/messages', { model: 'sim', messages: [] })).json()).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
    expect(await (await house.post('/v1/responses', { model: 'sim', input: 'Hi', previous_response_id: 'resp_1' })).json()).toMatchObject({ error: { param: 'previous_response_id' } });
    expect((await house.post('/v1/embeddings', { model: 'claude', input: 'Hi' })).status).toBe(400);
  });

  it('see the models in the shape of their dialect', async () => {
    const get = async (path: string, headers: Record<string, string>) => (await fetch(house.gateway.url + path, { headers })).json();
    expect(await get('/v1/models', { 'x-api-key': house.key, 'anthropic-version': '2023-06-01' })).toMatchObject({ data: [{ type: 'model', id: 'claude', display_name: 'claude' }, { id: 'sim' }], has_more: false, first_id: 'claude', last_id: 'sim' });
    expect(await get('/v1beta/models', { 'x-goog-api-key': house.key })).toMatchObject({ models: [{ name: 'models/claude' }, { name: 'models/sim' }] });
    expect(await get('/v1beta/models/sim', { 'x-goog-api-key': house.key })).toMatchObject({ name: 'models/sim', supportedGenerationMethods: expect.arrayContaining(['generateContent']) as string[] });
  });
});
