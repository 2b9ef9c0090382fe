import { withoutHeaderValues } from './without-header-values';

const provider = { headers: { 'x-org': ' org-secret ', authorization: 'Basic "q"/x', 'x-flag': 'on' } };
const clean = (text: string) => Buffer.from(withoutHeaderValues(Buffer.from(text), provider)).toString();

describe('a refusal that quotes what it was sent', () => {
  it('loses the values of the configured headers, in each spelling', () => {
    expect(clean('no org-secret, Basic "q"/x')).toBe('no [redacted], [redacted]');
    expect(clean(JSON.stringify({ error: { message: 'no Basic "q"/x' } }))).toBe('{"error":{"message":"no [redacted]"}}');
    expect(clean('GET /?a=Basic%20%22q%22%2Fx')).toBe('GET /?a=[redacted]');
  });

  it('stays as it is otherwise, byte for byte, and where a value is too short to be a secret', () => {
    const body = Buffer.from([0xff, 0x6f, 0x6e]);
    expect(withoutHeaderValues(body, provider)).toBe(body);
    expect(clean('turn it on')).toBe('turn it on');
  });
});
