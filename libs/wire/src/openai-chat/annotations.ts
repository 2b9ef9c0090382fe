import type { Citation } from '@higress/kernel';
import { isObject, type Json } from '../canonical/fields';
import { listIn, numberIn, objectIn, textIn } from '../canonical/loose';
import { compact } from '../canonical/loose';

export function readAnnotations(value: unknown): Citation[] {
  return listIn(value).filter(isObject).flatMap((annotation): Citation[] => {
    if (annotation.type !== 'url_citation') return [];
    const told = objectIn(annotation.url_citation);
    const url = textIn(told.url);
    return url === undefined ? [] : [compact({ type: 'url' as const, url, title: textIn(told.title), start: numberIn(told.start_index), end: numberIn(told.end_index) })];
  });
}

/** Passages of the caller's own documents have no place in OpenAI's form. */
export function writeAnnotations(citations: readonly Citation[]): Json[] {
  return citations.flatMap((citation) => (citation.type === 'url' ? [{ type: 'url_citation', url_citation: { url: citation.url, title: citation.title ?? '', start_index: citation.start ?? 0, end_index: citation.end ?? 0 } }] : []));
}
