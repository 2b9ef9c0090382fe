import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { ProviderCall } from './provider-call';
import { compose, type Piece, type Play } from './provider-play';

/** Node reports a reset as a mere end of stream when bytes are still unread, so what was sent gets a moment to be read. */
export const RESET_AFTER_MS = 25;

/** Answers one call as `play` says; resolves when there is nothing left to do. */
export async function perform(call: ProviderCall, response: ServerResponse, play: Play): Promise<void> {
  if (play.delayMs) await pauseUnlessGone(play.delayMs, response);
  if (play.hangs) return call.ended;
  if (play.resets) return reset(call, response);
  const { contentType, pieces } = compose(call.path.split('?')[0] ?? '', call.body, play);
  const isWhole = pieces.length === 1 && !play.endless && play.hangsAfterChunks === undefined;
  const length = isWhole ? { 'content-length': String(pieces[0]?.length) } : {};
  response.writeHead(play.status ?? 200, { 'content-type': contentType, 'x-request-id': 'req_fake', ...length, ...play.headers });
  response.flushHeaders();
  await send(call, response, play, pieces);
}

async function send(call: ProviderCall, response: ServerResponse, play: Play, pieces: readonly Piece[]): Promise<void> {
  const limit = play.resetsAfterBytes ?? play.closesAfterBytes ?? Infinity;
  let index = 0;
  for (const piece of inOrder(pieces, play.endless ?? false)) {
    if (index === play.hangsAfterChunks) return call.ended;
    if (index > 0 && play.chunkDelayMs) await pauseUnlessGone(play.chunkDelayMs, response);
    for (const part of partsOf(piece, play.bytesPerWrite)) {
      if (response.destroyed || call.bytesSent >= limit) break;
      await write(call, response, part.subarray(0, limit - call.bytesSent));
    }
    if (response.destroyed || call.bytesSent >= limit) break;
    index += 1;
  }
  if (play.hangsAfterChunks !== undefined) return call.ended;
  if (limit === Infinity) return void response.end();
  return play.resetsAfterBytes === undefined ? close(call, response) : reset(call, response);
}

/** An endless answer says its last words of content again and again: the piece before the finish. */
function* inOrder(pieces: readonly Piece[], isEndless: boolean): Generator<Piece> {
  if (!isEndless) return yield* pieces;
  const said = pieces.slice(0, Math.min(2, pieces.length));
  yield* said;
  for (const again = said.at(-1) ?? Buffer.from(' '); ; ) yield again;
}

function* partsOf(piece: Piece, size: number = piece.length): Generator<Buffer> {
  for (let at = 0; at < piece.length; at += size) yield piece.subarray(at, at + size);
}

/**
 * Resolves when the kernel has taken the bytes, so that a caller who does not read holds the answer up.
 * @throws where the connection is gone, which Node 24 tells before it closes the response: whoever went on would keep it from ever doing so
 */
async function write(call: ProviderCall, response: ServerResponse, bytes: Buffer): Promise<void> {
  const taken = new Promise<void>((resolve, reject) => response.write(bytes, (error) => (error ? reject(error) : resolve())));
  await Promise.race([taken, call.ended]);
  call.take(bytes.length);
}

async function pauseUnlessGone(ms: number, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  response.once('close', leave);
  await pause(ms, undefined, { signal: gone.signal }).catch(() => undefined);
  response.off('close', leave);
}

async function reset(call: ProviderCall, response: ServerResponse): Promise<void> {
  call.isOurDoing = true;
  if (call.bytesSent > 0) await pause(RESET_AFTER_MS);
  response.socket?.resetAndDestroy();
}

function close(call: ProviderCall, response: ServerResponse): void {
  call.isOurDoing = true;
  response.socket?.end();
}
