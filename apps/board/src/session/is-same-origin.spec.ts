import { isSameOrigin } from './is-same-origin';

describe('where a request comes from', () => {
  it.each([
    ['what the browser says of the site', { 'sec-fetch-site': 'same-origin', origin: 'http://proxy.internal' }, true],
    ['a typed address', { 'sec-fetch-site': 'none' }, true],
    ['another site', { 'sec-fetch-site': 'cross-site' }, false],
    ['a neighbour under the same domain', { 'sec-fetch-site': 'same-site' }, false],
    ['our own origin, from a browser that says no more', { origin: 'http://board:5555' }, true],
    ['another port', { origin: 'http://board:8000' }, false],
    ['a page that hides its origin', { origin: 'null' }, false],
    ['a client that is no browser', {}, true],
  ])('is judged by %s', (_what, headers, expected) => {
    expect(isSameOrigin(headers, 'board:5555')).toBe(expected);
  });
});
