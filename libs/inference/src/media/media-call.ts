import type { Deployment, Units } from '@higress/kernel';
import { priceUnits } from '@higress/pricing';
import { adapterFor, type AnswerHeaders } from '@higress/providers';
import { isOfType, type MediaEndpoint, type MediaWay } from '@higress/wire';
import { CONTENT_TYPE } from '../content-type';
import { unserved } from '../unserved';

/** How a deployment is asked for this. @throws DomainError UNSUPPORTED_PARAMETER where it cannot be */
export function wayTo({ provider, upstreamModel }: Deployment, endpoint: MediaEndpoint): MediaWay {
  const way = adapterFor(provider.dialect).media(provider, upstreamModel)[endpoint];
  if (!way) throw unserved(endpoint);
  return way;
}

/** Whether a deployment's price counts what this call is counted by; where there is no price, tokens that nobody told do not matter either. */
export function isByUnit({ price }: Deployment, units: Units = {}): boolean {
  return price === null || (price.media !== undefined && priceUnits(price.media, units) !== null);
}

export function isEvents(headers: AnswerHeaders): boolean {
  return isOfType(headers['content-type'], 'text/event-stream');
}

export function isJson(headers: AnswerHeaders): boolean {
  return isOfType(headers['content-type'], CONTENT_TYPE.json);
}
