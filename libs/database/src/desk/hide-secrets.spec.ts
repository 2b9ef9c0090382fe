import { hideSecrets } from './hide-secrets';

describe('hideSecrets', () => {
  it('keeps what is no secret as it is, dates and nulls too', () => {
    const at = new Date();
    expect(hideSecrets({ name: 'ci', limits: { tpm: 5 }, at, note: null, models: ['a'], max_output_tokens: 7 })).toEqual({ name: 'ci', limits: { tpm: 5 }, at, note: null, models: ['a'], max_output_tokens: 7 });
  });

  it('keeps of a secret that there was one, at any depth', () => {
    expect(hideSecrets({ Password: 'canary', credentials: [{ value: 'canary', weight: 1 }], signing_secret: null })).toEqual({ Password: '[hidden]', credentials: [{ value: '[hidden]', weight: 1 }], signing_secret: null });
  });

  it('keeps of headers their names', () => {
    expect(hideSecrets({ headers: { 'x-org': 'canary' } })).toEqual({ headers: { 'x-org': '[hidden]' } });
  });
});
