import { isUtf8 } from 'node:buffer';
import { DomainError } from '@higress/kernel';
import { invalid } from '../chat-request';
import { formType, type ScannedForm } from './multipart';
import type { FormPart } from './part-head';

/** A field is a word or a prompt; a file is not looked at. */
const MAX_FIELD_BYTES = 256 * 1024;

/** The parts of a form that the gateway reads: each at most once, and under no name that a provider may take for it. */
export class FormFields {
  private readonly read: ReadonlyMap<string, FormPart>;

  /**
   * @param known the names of all fields that are read here
   * @throws DomainError INVALID_REQUEST with the field at fault: one that comes twice, or under a name that differs by case or brackets alone
   */
  constructor(
    readonly form: ScannedForm,
    known: readonly string[],
  ) {
    const read = new Map<string, FormPart>();
    for (const part of form.parts) {
      const name = part.name.toLowerCase().replace(/\[.*$/, '');
      if (!known.includes(name)) continue;
      if (part.name !== name) throw invalid(name, `must be written so, and not as ${part.name}`);
      if (read.has(name)) throw invalid(name, 'must be there once');
      read.set(name, part);
    }
    this.read = read;
  }

  /** @throws DomainError INVALID_REQUEST for a file, or for what is no text */
  text(name: string): string | undefined {
    const part = this.read.get(name);
    if (!part) return undefined;
    if (part.filename !== null) throw invalid(name, 'must be a field and not a file');
    const bytes = this.form.bytes.subarray(part.start, part.end);
    if (bytes.length > MAX_FIELD_BYTES) throw invalid(name, `must have at most ${MAX_FIELD_BYTES} bytes`);
    if (!isUtf8(bytes)) throw invalid(name, 'must be valid UTF-8');
    return bytes.toString('utf8');
  }

  /** The fields that are there as JSON would have them: numbers and flags are no texts. */
  values(numbers: readonly string[], flags: readonly string[]): Record<string, unknown> {
    return Object.fromEntries(
      [...this.read].flatMap(([name, part]): [string, unknown][] => {
        if (part.filename !== null && name !== 'model') return name === 'mask' ? [[name, true]] : [];
        const text = this.text(name) as string;
        if (text === '' && name !== 'prompt') return [];
        if (numbers.includes(name)) return [[name, /^\d{1,9}$/.test(text) ? Number(text) : text]];
        return [[name, flags.includes(name) ? (/^true$/i.test(text) ? true : /^false$/i.test(text) ? false : text) : text]];
      }),
    );
  }

  /** The names of the fields that are not read here, each with true in place of what it says. */
  others(): Record<string, true> {
    const names = this.form.parts.flatMap(({ name, filename }) => (filename === null && !this.read.has(name) ? [[name.replace(/\[.*$/, ''), true] as const] : []));
    return Object.fromEntries(names);
  }

  /** What makes it the same as another form: all of it but the boundary, which a client makes anew each time it sends it. */
  identity(): Buffer {
    const { bytes, parts } = this.form;
    return Buffer.concat(parts.flatMap(({ name, filename, contentType, start, end }) => [Buffer.from(JSON.stringify([name, filename, contentType, end - start])), bytes.subarray(start, end)]));
  }

  /** The files under a name, with brackets or without. */
  files(name: string): readonly Buffer[] {
    return this.form.parts.filter((part) => part.filename !== null && part.name.replace(/\[.*$/, '') === name).map(({ start, end }) => this.form.bytes.subarray(start, end));
  }

  /** The same form with another content of one field, every other byte as it came. @throws DomainError INVALID_REQUEST where the field is not there */
  with(name: string, value: string): Buffer {
    const part = this.read.get(name);
    if (!part) throw new DomainError('INVALID_REQUEST', { param: name });
    const { bytes } = this.form;
    // A line end in it could begin a part of its own.
    return Buffer.concat([bytes.subarray(0, part.start), Buffer.from(value.replace(/[\r\n]/g, '')), bytes.subarray(part.end)]);
  }

  get contentType(): string {
    return formType(this.form.boundary);
  }
}
