import type { Citation } from '@higress/kernel';
import { isObject, type Json } from '../canonical/fields';
import { compact, listIn, numberIn, objectIn, textIn } from '../canonical/loose';

/** What a candidate rests on: passages that it cites, and pages that it was grounded in. */
export function readGrounding(candidate: Json): Citation[] {
  const metadata = objectIn(candidate.citationMetadata);
  const cited = [...listIn(metadata.citations), ...listIn(metadata.citationSources)].filter(isObject).flatMap((told): Citation[] => {
    const url = textIn(told.uri);
    return url === undefined ? [] : [compact({ type: 'url' as const, url, title: textIn(told.title), start: numberIn(told.startIndex), end: numberIn(told.endIndex) })];
  });
  const grounding = objectIn(candidate.groundingMetadata);
  const pages = listIn(grounding.groundingChunks).map((chunk) => objectIn(objectIn(chunk).web));
  const grounded = listIn(grounding.groundingSupports).filter(isObject).flatMap((support) => {
    const segment = objectIn(support.segment);
    return listIn(support.groundingChunkIndices).flatMap((index): Citation[] => {
      const page = pages[Number(index)];
      const url = textIn(page?.uri);
      return url === undefined ? [] : [compact({ type: 'url' as const, url, title: textIn(page?.title), start: numberIn(segment.startIndex), end: numberIn(segment.endIndex), citedText: textIn(segment.text) })];
    });
  });
  return [...cited, ...grounded];
}

export function writeCitationMetadata(citations: readonly Citation[]): Json {
  const written = citations.flatMap((citation) => (citation.type === 'url' ? [compact({ uri: citation.url, title: citation.title, startIndex: citation.start, endIndex: citation.end })] : []));
  return written.length > 0 ? { citationMetadata: { citations: written } } : {};
}
