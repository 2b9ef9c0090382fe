import { isConflict, isRefusal } from './is-refusal';

const TRIES_AFTER_CONFLICT = 5;

/**
 * Sends all items; where Postgres will not have them, halves them until the culprit is alone and hands it to `refuse`, so that it stops nobody else.
 * @throws what `send` throws when it is nobody's fault here: Postgres away. Parts may have been sent by then.
 */
export async function deliver<T>(items: readonly T[], send: (part: readonly T[]) => Promise<void>, refuse: (item: T, error: unknown) => void): Promise<void> {
  try {
    await sendAgain(items, send);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (items.length === 1) return refuse(items[0] as T, error);
    const middle = items.length >> 1;
    await deliver(items.slice(0, middle), send, refuse);
    await deliver(items.slice(middle), send, refuse);
  }
}

async function sendAgain<T>(items: readonly T[], send: (part: readonly T[]) => Promise<void>): Promise<void> {
  for (let left = TRIES_AFTER_CONFLICT; ; left--) {
    try {
      return await send(items);
    } catch (error) {
      if (left <= 1 || !isConflict(error)) throw error;
    }
  }
}
