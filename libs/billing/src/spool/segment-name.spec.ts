import { ownerOf, segmentName } from './segment-name';

describe('the name of a segment', () => {
  it('tells its owner, whatever the host is called', () => {
    const owner = { host: 'pod-7-1.eu', pid: 4711, boot: '0123456789ab' };
    expect(ownerOf(segmentName(owner, 3))).toEqual(owner);
  });

  it.each(['notes.txt', 'host-1-0123456789ab-1.jsonl.torn', 'host-1-0123456789ab-1.jsonl.rejected', 'host-x-0123456789ab-1.jsonl'])('is not %s', (file) => {
    expect(ownerOf(file)).toBeNull();
  });
});
