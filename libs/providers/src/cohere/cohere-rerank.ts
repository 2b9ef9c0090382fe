import { compact, isCount, leaveOut, listIn, objectIn, readResults, type ServiceWay } from '@higress/wire';

const PATH = '/v2/rerank';

/** Rerank by Cohere's `POST v2/rerank`: its own clients' bytes pass where documents are texts, as that version has it. */
export const cohereRerank: ServiceWay<'rerank'> = {
  form: 'cohere',
  path: PATH,
  takes: ({ documents, return_documents, rank_fields, query }) => return_documents === undefined && rank_fields === undefined && typeof query === 'string' && listIn(documents).every((one) => typeof one === 'string'),
  translator: {
    encode({ query, documents, topN, maxTokensPerDoc, extras: { priority, ...extras } }, { model, loss }) {
      leaveOut(extras, loss);
      const body = compact({ model, query, documents: documents.map(({ text }) => text), top_n: topN, max_tokens_per_doc: maxTokensPerDoc, priority });
      return [{ path: PATH, body: Buffer.from(JSON.stringify(body)) }];
    },
    decode([answer = {}], asked) {
      const searches = objectIn(objectIn(answer.meta).billed_units).search_units;
      return { id: typeof answer.id === 'string' ? answer.id : undefined, results: readResults(answer.results, asked), usage: null, units: isCount(searches) ? { searches } : undefined };
    },
  },
};
