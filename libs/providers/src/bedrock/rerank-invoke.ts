import { compact, leaveOut, readResults, type ServiceTranslator } from '@higress/wire';
import { inputUsage } from '../embeddings/input-usage';
import { tokensTold } from './cohere-invoke';
import { invokePath } from './invoke-path';

const COHERE = /cohere\./;
/** Cohere's models are asked in the form of its second version. */
const API_VERSION = 2;

/** Rerank by the models of Cohere and Amazon at Bedrock. */
export const rerankInvoke: ServiceTranslator<'rerank'> = {
  encode({ query, documents, topN, maxTokensPerDoc, extras }, { model, loss }) {
    leaveOut(extras, loss);
    const isCohere = COHERE.test(model);
    if (maxTokensPerDoc !== undefined && !isCohere) loss.hint('max_tokens_per_doc');
    const body = { query, documents: documents.map(({ text }) => text), top_n: topN, ...(isCohere && { api_version: API_VERSION, max_tokens_per_doc: maxTokensPerDoc }) };
    return [{ path: invokePath(model), body: Buffer.from(JSON.stringify(compact(body))) }];
  },
  decode: ([answer = {}], asked, fields) => ({ results: readResults(answer.results, asked), usage: inputUsage([tokensTold(fields)]) }),
};
