import type { Citation } from '@higress/kernel';
import type { Json } from '../canonical/fields';
import { compact, numberIn, textIn } from '../canonical/loose';

const UNITS = { char_location: 'char', page_location: 'page', content_block_location: 'block' } as const;
const BOUNDS = { char: ['start_char_index', 'end_char_index'], page: ['start_page_number', 'end_page_number'], block: ['start_block_index', 'end_block_index'] } as const;
const TYPES = { char: 'char_location', page: 'page_location', block: 'content_block_location' } as const;

/** Undefined for a kind that is not known here. */
export function readCitation(told: Json): Citation | undefined {
  const type = textIn(told.type);
  const title = textIn(told.title) ?? textIn(told.document_title);
  const citedText = textIn(told.cited_text);
  if (type === 'web_search_result_location') return compact({ type: 'url' as const, url: textIn(told.url) ?? '', title, citedText, encryptedIndex: textIn(told.encrypted_index) });
  if (type === undefined || !(type in UNITS)) return undefined;
  const unit = UNITS[type as keyof typeof UNITS];
  const [from, to] = BOUNDS[unit];
  return compact({ type: 'document' as const, document: numberIn(told.document_index) ?? 0, title, citedText, fileId: textIn(told.file_id), unit, from: numberIn(told[from]) ?? 0, to: numberIn(told[to]) ?? 0 });
}

export function writeCitation(citation: Citation): Json {
  if (citation.type === 'url') return { type: 'web_search_result_location', url: citation.url, title: citation.title ?? null, cited_text: citation.citedText ?? '', encrypted_index: citation.encryptedIndex ?? '' };
  const [from, to] = BOUNDS[citation.unit];
  return { type: TYPES[citation.unit], document_index: citation.document, document_title: citation.title ?? null, cited_text: citation.citedText ?? '', ...(citation.fileId ? { file_id: citation.fileId } : {}), [from]: citation.from, [to]: citation.to };
}
