import type { CompletionRequest } from '@higress/kernel';
import { FormFields, rewriteJson, type ScannedJson, scanMultipart } from '@higress/wire';
import type { InferenceCall } from '../call';
import { scanBody } from '../scan-body';

/** A request for pictures or sound as it came: JSON, or a form with files. */
export interface MediaBody {
  /** Its members; of a form those that are read, and the other ones by name. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly form: FormFields | null;
  /** The same body for a provider's name of the model, every other byte as it came; with its content type where that is not JSON. */
  sent(request: CompletionRequest, upstreamModel: string): { readonly body: Buffer; readonly contentType?: string };
}

/** What a form's fields are, beside texts. */
export interface FormShape {
  readonly fields: readonly string[];
  readonly numbers: readonly string[];
  readonly flags: readonly string[];
}

const FORM = /^multipart\/form-data\b/i;

/** @throws DomainError INVALID_JSON, INVALID_REQUEST */
export function readMediaBody({ headers, body }: InferenceCall, shape: FormShape | null): MediaBody {
  const contentType = headers['content-type'] ?? '';
  return shape && FORM.test(contentType) ? formBody(new FormFields(scanMultipart(body, contentType), shape.fields), shape) : jsonBody(scanBody(body));
}

function jsonBody(json: ScannedJson): MediaBody {
  return {
    value: json.value,
    form: null,
    sent: ({ model }, upstreamModel) => ({ body: upstreamModel === model ? json.bytes : rewriteJson(json, { model: JSON.stringify(upstreamModel) }) }),
  };
}

function formBody(form: FormFields, { numbers, flags }: FormShape): MediaBody {
  return {
    value: { ...form.others(), ...form.values(numbers, flags) },
    form,
    sent: ({ model }, upstreamModel) => ({ body: upstreamModel === model ? form.form.bytes : form.with('model', upstreamModel), contentType: form.contentType }),
  };
}
