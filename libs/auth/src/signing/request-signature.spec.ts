import { requestSignature } from './request-signature';

const REQUEST = { method: 'POST', target: '/v1/chat/completions?a=b', body: Buffer.from('{"model":"fake"}') };
const sign = (change: Partial<typeof REQUEST> = {}, timestamp = '1700000000', nonce = 'n-1', secret = 'secret') => requestSignature(Buffer.from(secret), timestamp, nonce, { ...REQUEST, ...change }).toString('hex');

describe('the signature of a request', () => {
  it('is what any other implementation makes of the same bytes', () => {
    // printf 'v1\n1700000000\nn-1\nPOST\n/v1/chat/completions?a=b\n%s' "$(printf '{"model":"fake"}' | sha256sum | cut -d' ' -f1)" | openssl dgst -sha256 -hmac secret
    expect(sign()).toBe('f7aa5a3396eb6242fada430e8773dffc48e3b79dbdf62b0a69e6b4ae165a697d');
  });

  it('is another one with anything of it changed', () => {
    const others = [
      sign({ method: 'PUT' }), sign({ target: '/v1/chat/completions' }), sign({ target: '/v1/chat/completions?a=b ' }), sign({ target: '/v1/chat/completions?a=%62' }), sign({ body: Buffer.from('{"model":"fakf"}') }),
      sign({ body: Buffer.alloc(0) }), sign({}, '1700000001'), sign({}, '1700000000', 'n-2'), sign({}, '1700000000', 'n-1', 'secres'),
    ];
    expect(new Set([sign(), ...others]).size).toBe(others.length + 1);
  });

  it('covers bytes, not what they may mean', () => {
    const [one, other] = [Buffer.from([0xff]), Buffer.from([0xfe])];
    expect(one.toString()).toBe(other.toString());
    expect(sign({ body: one })).not.toBe(sign({ body: other }));
    expect(sign({ target: '/\u00e9' })).not.toBe(sign({ target: '/\u00e8' }));
  });
});
