/** The KEYS of one script call: each key once, named by its position as Lua counts. */
export class KeyPositions {
  readonly keys: string[] = [];
  readonly #positions = new Map<string, number>();

  of(key: string): number {
    const known = this.#positions.get(key);
    if (known !== undefined) return known;
    this.#positions.set(key, this.keys.push(key));
    return this.keys.length;
  }
}
