import { DomainError, NO_USAGE } from '@higress/kernel';
import fc from 'fast-check';
import { scanJson } from '../scan-json';
import { CLIENT_SERVICES } from './client-services';
import { countSearches } from './count-searches';
import type { ClientService, ServiceEndpoint } from './service';

const services = Object.entries(CLIENT_SERVICES) as unknown as [ServiceEndpoint, ClientService<'embeddings'>][];
const target = { model: 'm', requestId: 'r', form: 'openai', usage: NO_USAGE } as const;
/** Bodies that are nearly right: known members with anything in them. */
const nearly = fc.record(
  {
    model: fc.oneof(fc.constant('m'), fc.anything()), input: fc.oneof(fc.string(), fc.array(fc.oneof(fc.string(), fc.integer(), fc.array(fc.integer()))), fc.anything()), query: fc.oneof(fc.string(), fc.dictionary(fc.string(), fc.string()), fc.anything()),
    documents: fc.oneof(fc.array(fc.oneof(fc.string(), fc.dictionary(fc.constantFrom('text', 'image', 'id'), fc.oneof(fc.string(), fc.integer())))), fc.anything()), top_n: fc.anything(), return_documents: fc.anything(), rank_fields: fc.anything(), dimensions: fc.anything(),
    encoding_format: fc.anything(), max_tokens_per_doc: fc.anything(),
  },
  { requiredKeys: [] },
);

describe.each(services)('a request for %s', (endpoint, service) => {
  it('is understood, or refused as the caller’s mistake, whatever it is', () => {
    fc.assert(
      fc.property(nearly, fc.constantFrom('/v1/x', '/v2/rerank'), (body, path) => {
        try {
          const json = scanJson(Buffer.from(JSON.stringify(body)));
          const request = service.read(json);
          expect(request.estimatedInputTokens).toBeGreaterThanOrEqual(0);
          service.decode(json.value, service.formOf(json.value, path));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(DomainError);
          expect((thrown as DomainError).http).toBe(400);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is answered by nothing that is no answer', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('data', 'results', 'usage', 'meta'), fc.oneof(fc.array(fc.anything()), fc.anything())), (answer) => {
        const told = JSON.parse(JSON.stringify(answer)) as Record<string, unknown>;
        const list = told[endpoint === 'embeddings' ? 'data' : 'results'];
        try {
          service.usageOf(told);
          service.unitsOf?.(told);
          service.mend?.(told, { encoding_format: 'base64' });
          expect(list).toBeInstanceOf(Array);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'UPSTREAM_INVALID_RESPONSE' });
          expect(Array.isArray(list)).toBe(false);
        }
      }),
      { numRuns: 150 },
    );
  });
});

it('a vector is the same in base64, as near as 32 bits tell it', () => {
  fc.assert(
    fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 64 }), (vector) => {
      const asked = CLIENT_SERVICES.embeddings.decode({ model: 'm', input: 'a', encoding_format: 'base64' }, 'openai');
      const { data } = CLIENT_SERVICES.embeddings.encode({ vectors: [vector], usage: null }, asked, target) as { data: [{ embedding: string }] };
      const bytes = Buffer.from(data[0].embedding, 'base64');
      expect(Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4))).toEqual(vector);
    }),
  );
});

describe('searches', () => {
  it.each([
    ['one for up to a hundred documents', 10, Array.from({ length: 100 }, () => 400), 1],
    ['one more for one more', 10, Array.from({ length: 101 }, () => 400), 2],
    ['long documents as several', 100, Array.from({ length: 50 }, () => 801), 2],
    ['a question that leaves no room for documents', 5_000, [50, 51], 1],
    ['nothing as one', 0, [0], 1],
  ])('count %s', (_, query, documents, searches) => {
    expect(countSearches(query, documents)).toBe(searches);
  });
});
