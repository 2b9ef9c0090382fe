/** Gathers the conditions of a query with their parameters. */
export class Conditions {
  readonly values: unknown[] = [];
  private readonly texts: string[] = [];

  /** Adds a condition in which `?` stands for the value, unless there is none. */
  add(text: string, value: unknown): this {
    if (value === undefined || value === null) return this;
    this.values.push(value);
    this.texts.push(text.replaceAll('?', `$${this.values.length}`));
    return this;
  }

  /** `where …`, or nothing. */
  get where(): string {
    return this.texts.length > 0 ? `where ${this.texts.join(' and ')}` : '';
  }
}
