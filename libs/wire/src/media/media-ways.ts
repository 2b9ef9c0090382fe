import type { Usage } from '@higress/kernel';
import type { Json } from '../canonical/fields';
import type { ServiceCall, ServiceTarget } from '../services/service';

/** The endpoints whose requests or answers are pictures or sound. */
export type MediaEndpoint = 'images/generations' | 'images/edits' | 'audio/speech' | 'audio/transcriptions' | 'audio/translations';

/** Pictures to be made, free of any provider's form. */
export interface ImagesAsked {
  readonly prompt: string;
  readonly images: number;
  /** `1024x1024`, where its client chose one. */
  readonly size?: string;
  /** Pictures to make them from: base64, and what each is. */
  readonly shown: readonly { readonly type: string; readonly data: string }[];
  /** Wishes that have no name here, as the client spelled them. */
  readonly extras: readonly string[];
}

export interface ImagesGiven {
  /** Each as base64. */
  readonly images: readonly string[];
  /** Null where the provider told none. */
  readonly usage: Usage | null;
}

/** How one kind of provider is asked for pictures in words of its own. */
export interface ImageTranslator {
  /** One call, or several where the provider makes fewer at once than were asked for. @throws DomainError UNSUPPORTED_PARAMETER */
  encode(asked: ImagesAsked, target: ServiceTarget): readonly [ServiceCall, ...ServiceCall[]];
  /** @param answers one for each call. @throws DomainError UPSTREAM_INVALID_RESPONSE, or INVALID_REQUEST where the provider will not make what was asked */
  decode(answers: readonly Json[]): ImagesGiven;
}

/** How a provider is asked: OpenAI's form passes as bytes, or pictures are told in its own. */
export type MediaWay = 'passes' | ImageTranslator;

/** What a provider can be asked of pictures and sound; what is absent it cannot. */
export type MediaWays = { readonly [E in MediaEndpoint]?: MediaWay };

/** A provider that has all of it in OpenAI's form. */
export const ALL_MEDIA: MediaWays = { 'images/generations': 'passes', 'images/edits': 'passes', 'audio/speech': 'passes', 'audio/transcriptions': 'passes', 'audio/translations': 'passes' };
