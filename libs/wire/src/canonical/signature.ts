import type { ModelFamily, Signature } from '@higress/kernel';

const FOREIGN = /^gw1\.(openai|anthropic|gemini)\.(.*)$/s;

/**
 * A seal as a client hands it back. Those of another family than the dialect's own carry that family's name, so that a conversation which
 * moves to another provider never shows it a seal that it did not make.
 */
export function readSignature(value: string, native: ModelFamily): Signature {
  const match = FOREIGN.exec(value);
  return match ? { by: match[1] as ModelFamily, value: match[2] as string } : { by: native, value };
}

export function writeSignature({ by, value }: Signature, native: ModelFamily): string {
  return by === native ? value : `gw1.${by}.${value}`;
}
