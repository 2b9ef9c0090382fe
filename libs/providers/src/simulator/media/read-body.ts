import { FormFields, IMAGE_FIELDS, IMAGE_FLAGS, IMAGE_NUMBERS, scanMultipart, TRANSCRIPTION_FIELDS, TRANSCRIPTION_FLAGS } from '@higress/wire';

/** A request's body as the simulator takes it: JSON, or a form with its files as bytes. Null for what is neither. */
export function readSimulatedBody(bytes: Uint8Array | null, contentType: string): unknown {
  if (!bytes) return null;
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return contentType.startsWith('multipart/') ? formOf(body, contentType) : JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}

function formOf(bytes: Buffer, contentType: string): unknown {
  const form = new FormFields(scanMultipart(bytes, contentType), [...new Set([...IMAGE_FIELDS, ...TRANSCRIPTION_FIELDS])]);
  return { ...form.values(IMAGE_NUMBERS, [...IMAGE_FLAGS, ...TRANSCRIPTION_FLAGS]), files: [...form.files('file'), ...form.files('image')] };
}
