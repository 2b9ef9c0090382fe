import { embeddingsService } from './embeddings-service';
import { moderationsService } from './moderations-service';
import { rerankService } from './rerank-service';
import type { ClientService, ServiceEndpoint } from './service';

/** How the clients of each service are spoken to. */
export const CLIENT_SERVICES: { readonly [E in ServiceEndpoint]: ClientService<E> } = { embeddings: embeddingsService, rerank: rerankService, moderations: moderationsService };
