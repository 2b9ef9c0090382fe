import type { Citation } from '@higress/kernel';
import { isObject, type Json } from '../canonical/fields';
import { compact, listIn, numberIn, textIn } from '../canonical/loose';

/** Annotations as Responses have them: without the level that Chat Completions puts between. */
export function readFlatAnnotations(value: unknown): Citation[] {
  return listIn(value).filter(isObject).flatMap((annotation) => readFlatAnnotation(annotation) ?? []);
}

export function readFlatAnnotation(annotation: Json): Citation | undefined {
  const url = textIn(annotation.url);
  if (annotation.type !== 'url_citation' || url === undefined) return undefined;
  return compact({ type: 'url' as const, url, title: textIn(annotation.title), start: numberIn(annotation.start_index), end: numberIn(annotation.end_index) });
}

export function writeFlatAnnotations(citations: readonly Citation[]): Json[] {
  return citations.flatMap((citation) => (citation.type === 'url' ? [{ type: 'url_citation', url: citation.url, title: citation.title ?? '', start_index: citation.start ?? 0, end_index: citation.end ?? 0 }] : []));
}
