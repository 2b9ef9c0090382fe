import { DomainError, Secret } from '@higress/kernel';
import { withoutSecrets } from './without-secrets';

const credential = (value: string) => ({ id: 'c', weight: 1, value: new Secret(value) });
const provider = { headers: { 'x-org': 'org-secret' }, credentials: [credential('sk-first-of-two'), credential('AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG')] };

describe('an error of a stream that quotes what its provider was sent', () => {
  it('loses credentials, their halves, and the values of configured headers', () => {
    const error = new DomainError('UPSTREAM_ERROR', { message: 'It broke off.', upstreamStatus: 500, cause: 'no org-secret, sk-first-of-two nor wJalrXUtnFEMI/K7MDENG' });
    expect(withoutSecrets(error, provider)).toMatchObject({ code: 'UPSTREAM_ERROR', message: 'It broke off.', upstreamStatus: 500, cause: 'no [redacted], [redacted] nor [redacted]' });
  });

  it('stays the same error otherwise', () => {
    for (const error of [new DomainError('UPSTREAM_ERROR', { cause: 'Overloaded' }), new DomainError('UPSTREAM_ERROR', { cause: new Error('x') })]) expect(withoutSecrets(error, provider)).toBe(error);
  });
});
