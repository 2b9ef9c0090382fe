import { queuePrefix } from './queue-prefix';

it('begins with a hash tag of the installation, so that every key of every queue lies in one slot of a cluster', () => {
  expect(queuePrefix('ai_gateway:')).toBe('{ai_gateway:queue}');
});
