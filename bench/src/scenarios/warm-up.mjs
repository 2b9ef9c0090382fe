import { ownLoad } from '../load/own-load.mjs';

/** Streams that only the gateway can give: translated ones. */
export async function warmUpTranslation(bench, of) {
  const [streams, seconds] = bench.isQuick ? [500, 8] : [4_000, 12];
  await ownLoad(bench, of('stream'), { model: 'msg-100-0', connections: 25, each: streams / 25, seconds });
}

/**
 * Asks until the compiler is done with the hot code, which takes requests, not time: the more code a request runs through, the more of
 * them. A slow system gets fewer, when its time is over.
 * @param {(kind: 'json' | 'stream') => object} of the target for each kind of answer
 */
export async function warmUp(bench, of) {
  const [answers, streams, seconds] = bench.isQuick ? [15_000, 500, 15] : [40_000, 4_000, 25];
  await ownLoad(bench, of('json'), { model: 'json-0', connections: 50, each: answers / 50, seconds });
  await ownLoad(bench, of('stream'), { model: 'sse-100-0', connections: 25, each: streams / 25, seconds: seconds / 2 });
}
