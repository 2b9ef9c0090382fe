/** One thing that is wrong with gateway.yaml. */
export interface FileFault {
  /** Where, such as `models[0].deployments[1].price`. */
  readonly path: string;
  /** What is wrong, never the value, which may be a secret. */
  readonly message: string;
}

/** Thrown with every fault of the file at once; nothing of it was applied. */
export class GatewayFileError extends Error {
  override readonly name = 'GatewayFileError';

  constructor(readonly faults: readonly FileFault[]) {
    super(`the gateway file has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map(({ path, message }) => `  ${path}: ${message}`).join('\n')}`);
  }
}

/** `['models', 0, 'name']` is `models[0].name`; the whole file is `(file)`. */
export function filePath(parts: readonly PropertyKey[]): string {
  return parts.map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`)).join('') || '(file)';
}
