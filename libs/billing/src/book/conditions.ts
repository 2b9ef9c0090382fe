/** Gathers the conditions of a query with their parameters. */
export class Conditions {
  private readonly texts: string[] = [];

  /** @param values parameters that are there already: others of the same query go on counting after them */
  constructor(readonly values: unknown[] = []) {}

  /** Adds a condition in which `?` stands for the value, unless there is none. */
  add(text: string, value: unknown): this {
    if (value === undefined || value === null) return this;
    this.values.push(value);
    this.texts.push(text.replaceAll('?', `$${this.values.length}`));
    return this;
  }

  /** Adds a condition without a value, unless there is none. */
  addText(text: string | false): this {
    if (text !== false) this.texts.push(text);
    return this;
  }

  /** `where …`, or nothing. */
  get where(): string {
    return this.texts.length > 0 ? `where ${this.texts.join(' and ')}` : '';
  }

  /** `and …`, or nothing: after conditions that are written out. */
  get and(): string {
    return this.texts.map((text) => ` and ${text}`).join('');
  }
}
