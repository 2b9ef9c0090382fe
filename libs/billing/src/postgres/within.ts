/** The value of `work`, or an error when it takes longer than `ms`. What it does goes on all the same: its outcome is then unknown. */
export function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Postgres gave no answer in ${ms} ms`)), ms).unref();
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
