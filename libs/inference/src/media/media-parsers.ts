import { DomainError } from '@higress/kernel';
import { IMAGE_FIELDS, IMAGE_FLAGS, IMAGE_NUMBERS, invalid, readImageRequest, readSpeechRequest, readTranscriptionRequest, TRANSCRIPTION_FIELDS, TRANSCRIPTION_FLAGS } from '@higress/wire';
import type { InferenceCall } from '../call';
import type { Parsed } from '../parsed';
import { ImageExchange } from './image-exchange';
import { readMediaBody } from './media-body';
import { SpeechExchange } from './speech-exchange';
import { TranscriptionExchange } from './transcription-exchange';

const IMAGES = { fields: IMAGE_FIELDS, numbers: IMAGE_NUMBERS, flags: IMAGE_FLAGS };
const HEARD = { fields: TRANSCRIPTION_FIELDS, numbers: [], flags: TRANSCRIPTION_FLAGS };

/** @throws DomainError 400 with the parameter at fault */
export function parseGeneration(call: InferenceCall): Parsed {
  const body = readMediaBody(call, null);
  const request = readImageRequest(body.value, 0);
  return { request, exchange: new ImageExchange('images/generations', call, body, request) };
}

/** @throws DomainError 400 with the parameter at fault */
export function parseEdit(call: InferenceCall): Parsed {
  const body = readMediaBody(call, IMAGES);
  const { images } = body.value;
  const shown = body.form ? body.form.files('image').length : Array.isArray(images) ? images.length : 0;
  if (shown === 0) throw invalid(body.form ? 'image' : 'images', 'is required');
  const request = readImageRequest(body.value, shown);
  return { request, exchange: new ImageExchange('images/edits', call, body, request) };
}

/** @throws DomainError 400 with the parameter at fault */
export function parseSpeech(call: InferenceCall): Parsed {
  const body = readMediaBody(call, null);
  const request = readSpeechRequest(body.value);
  return { request, exchange: new SpeechExchange(call, body, request) };
}

/** @throws DomainError 400 with the field at fault, or UNSUPPORTED_MEDIA_TYPE for what is no form */
export function parseTranscription(endpoint: 'audio/transcriptions' | 'audio/translations'): (call: InferenceCall) => Parsed {
  return (call) => {
    const body = readMediaBody(call, HEARD);
    if (!body.form) throw new DomainError('UNSUPPORTED_MEDIA_TYPE', { message: 'Send multipart/form-data.' });
    const request = readTranscriptionRequest(body.form, endpoint === 'audio/transcriptions');
    return { request, exchange: new TranscriptionExchange(endpoint, call, body, request) };
  };
}
