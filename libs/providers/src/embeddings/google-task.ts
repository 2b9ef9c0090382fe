/** What vectors are for, in Google's words; other words than Cohere's are Google's own already. */
const TASKS: Readonly<Record<string, string>> = { search_document: 'RETRIEVAL_DOCUMENT', search_query: 'RETRIEVAL_QUERY', document: 'RETRIEVAL_DOCUMENT', passage: 'RETRIEVAL_DOCUMENT', query: 'RETRIEVAL_QUERY' };

export function googleTask(inputType: string | undefined): string | undefined {
  return inputType === undefined ? undefined : (TASKS[inputType] ?? inputType.toUpperCase());
}
