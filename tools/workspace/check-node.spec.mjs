import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeComplaint } from './check-node.mjs';

test('takes 20.19 and newer, and tells an older Node what is needed', () => {
  for (const version of ['20.19.0', '20.20.2', '22.0.0', '24.21.0']) assert.equal(nodeComplaint(version), null);
  for (const version of ['20.18.9', '18.20.0']) assert.match(nodeComplaint(version), new RegExp(`^This is Node ${version}; at least 20\\.19 is needed\\.`));
});
