import { offlineDocument } from './offline-document';
import { readDocument } from './read-document';

describe('the document that is served', () => {
  it.each([
    ['where nothing is set', { title: 'AI Higress Gateway', prefix: '/api/v1' }],
    ['under a title and a prefix of its own', { title: 'Acme’s models', prefix: '/manage/v2' }],
  ])('is what describing the API would say, %s', async (_, about) => {
    expect(JSON.parse(JSON.stringify(readDocument(about)))).toEqual(JSON.parse(JSON.stringify(await offlineDocument(about))));
  });
});
