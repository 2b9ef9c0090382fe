const STEPS = 10;

/**
 * Calls `then` after `ms` of this process being awake, unless cancelled by the function that is returned.
 *
 * For deadlines on an answer. One plain timer counts from the start of the event loop's turn, goes on while the process gets no
 * processor, and fires before the sockets are read, so that on a busy machine an answer that is already there counts as missing.
 * This one counts in steps, each of which lets the sockets be read; a pause of the whole machine is one step, however long it was.
 */
export function afterAwake(ms: number, then: () => void): () => void {
  let left = STEPS;
  let timer = setTimeout(onStep, ms / STEPS).unref();
  let last: NodeJS.Immediate | undefined;

  function onStep(): void {
    left -= 1;
    if (left > 0) timer = setTimeout(onStep, ms / STEPS).unref();
    else last = setImmediate(then); // the sockets are read between a timer and an immediate
  }

  return () => {
    clearTimeout(timer);
    clearImmediate(last);
  };
}
