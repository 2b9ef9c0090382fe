import { compact, readResults, type ServiceTranslator, totalUsage } from '@higress/wire';

/** Rerank for a server of Jina's form, asked by clients of another. @param path where it is, if not at the usual place */
export function jinaRerank(path: string | undefined): ServiceTranslator<'rerank'> {
  return {
    encode({ query, documents, topN, extras, maxTokensPerDoc }, { model, loss }) {
      if (maxTokensPerDoc !== undefined) loss.hint('max_tokens_per_doc');
      for (const name of Object.keys(extras)) loss.hint(name);
      const body = compact({ model, query, documents: documents.map(({ text }) => text), top_n: topN, return_documents: false });
      return [{ body: Buffer.from(JSON.stringify(body)), path }];
    },
    decode: ([answer = {}], asked) => ({ results: readResults(answer.results, asked), usage: totalUsage(answer.usage) }),
  };
}
