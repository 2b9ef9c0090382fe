import type { UpstreamAnswer } from './upstream-call';

/** As much as an error message may take; the rest of it tells nothing more. */
const MAX_ERROR_BYTES = 65_536;
const MAX_WAIT_MS = 2_000;

/** The body of a refusal, as far as it comes within 2 s and 64 KB. Never rejects: a refusal is one, however its text ends. */
export async function readErrorBody(answer: UpstreamAnswer): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  answer.expectWithin(MAX_WAIT_MS);
  try {
    for (let chunk = await answer.read(); chunk && bytes < MAX_ERROR_BYTES; chunk = await answer.read()) {
      chunks.push(chunk);
      bytes += chunk.length;
    }
  } catch {
    // What came before the failure is all there is.
  }
  answer.cancel();
  return Buffer.concat(chunks).subarray(0, MAX_ERROR_BYTES);
}
