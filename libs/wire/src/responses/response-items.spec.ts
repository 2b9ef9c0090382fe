import { inputItems, itemsForOpenAi, listedItem } from './response-items';

describe('the items of a response', () => {
  it('are one message where the input is a text', () => {
    expect(inputItems('Hi')).toEqual([{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }]);
    expect(inputItems(undefined)).toEqual([]);
  });

  it('are listed spelled out, each with an id, its own where it has one', () => {
    expect(listedItem({ role: 'user', content: 'Hi' }, 'a_0')).toEqual({ id: 'msg_a_0', status: 'completed', type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] });
    expect(listedItem({ role: 'assistant', content: 'Ho' }, 'a_1')).toMatchObject({ content: [{ type: 'output_text', text: 'Ho', annotations: [] }] });
    expect(listedItem({ type: 'function_call_output', call_id: 'c', output: 'x' }, 'a_2')).toEqual({ id: 'fco_a_2', status: 'completed', type: 'function_call_output', call_id: 'c', output: 'x' });
    expect(listedItem({ type: 'reasoning', id: 'rs_9', summary: [] }, 'a_3')).toEqual({ type: 'reasoning', id: 'rs_9', summary: [] });
    expect(listedItem({ type: 'web_search_call', action: {} }, 'a_4')).toEqual({ id: 'item_a_4', type: 'web_search_call', action: {} });
  });

  it('go to OpenAI without ids that it would look up, and with no thoughts but its own', () => {
    const search = { type: 'web_search_call', id: 'ws_1' };
    const own = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' };
    const items = [{ role: 'user', content: 'Hi' }, { type: 'function_call', id: 'fc_1', call_id: 'c' }, own, { type: 'reasoning', id: 'rs_2', summary: [] }, { type: 'reasoning', id: 'rs_3', summary: [], encrypted_content: 'gw1.anthropic.S' }, search];
    expect(itemsForOpenAi(items)).toEqual([{ role: 'user', content: 'Hi' }, { type: 'function_call', call_id: 'c' }, own, search]);
  });
});
