/** Counts, per tenant, the settles that this pod has accepted and Postgres has not confirmed. */
export class PendingSettles {
  private readonly counts = new Map<string, number>();
  private readonly waiters = new Map<string, (() => void)[]>();

  add(tenantId: string): void {
    this.counts.set(tenantId, (this.counts.get(tenantId) ?? 0) + 1);
  }

  remove(tenantId: string): void {
    const left = (this.counts.get(tenantId) ?? 0) - 1;
    if (left > 0) this.counts.set(tenantId, left);
    else this.counts.delete(tenantId);
    const waiters = this.waiters.get(tenantId);
    if (!waiters) return;
    this.waiters.delete(tenantId);
    for (const resolve of waiters) resolve();
  }

  /** Resolves when the next of the tenant's settles is confirmed; null when none is on its way. */
  next(tenantId: string): Promise<void> | null {
    if (!this.counts.has(tenantId)) return null;
    return new Promise((resolve) => {
      const waiters = this.waiters.get(tenantId);
      if (waiters) waiters.push(resolve);
      else this.waiters.set(tenantId, [resolve]);
    });
  }
}
