import { afterAwake } from './after-awake';

const blockFor = (ms: number) => {
  for (const until = performance.now() + ms; performance.now() < until; );
};
const over = (ms: number) => new Promise<void>((resolve) => afterAwake(ms, resolve));

describe('afterAwake', () => {
  it('is as long as it says', async () => {
    const alive = setInterval(() => undefined, 1000); // it does not keep a process alive by itself
    const began = performance.now();
    await over(50);
    clearInterval(alive);
    expect(performance.now() - began).toBeGreaterThan(40);
  });

  it('is not over because the process was busy', async () => {
    let isOver = false;
    const cancel = afterAwake(50, () => (isOver = true));
    const plainTimer = new Promise((resolve) => setTimeout(resolve, 50));
    blockFor(120);
    await plainTimer;
    expect(isOver).toBe(false);
    cancel();
  });

  it('does nothing once it is cancelled', async () => {
    let isOver = false;
    afterAwake(10, () => (isOver = true))();
    const alive = setInterval(() => undefined, 1000);
    await over(30);
    clearInterval(alive);
    expect(isOver).toBe(false);
  });
});
