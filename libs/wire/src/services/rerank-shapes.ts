import type { Units, Usage } from '@higress/kernel';

/** Documents to be ordered by how well they answer a question. */
export interface RerankAsked {
  readonly query: string;
  readonly documents: readonly RerankDocument[];
  /** How many of the best are wanted; absent: all. */
  readonly topN?: number;
  /** Whether the documents come back beside their scores. */
  readonly returnDocuments: boolean;
  readonly maxTokensPerDoc?: number;
  /** Members that have no name here, as the client spelled them. */
  readonly extras: Readonly<Record<string, unknown>>;
}

/** A document as its client gave it, and the text of it. */
export interface RerankDocument {
  readonly text: string;
  readonly given: string | Readonly<Record<string, unknown>>;
}

export interface RerankGiven {
  /** The provider's own id of the answer. */
  readonly id?: string;
  /** Best first. `index` is the document's place in the request. */
  readonly results: readonly { readonly index: number; readonly score: number }[];
  /** Null where the provider told none. */
  readonly usage: Usage | null;
  readonly units?: Units;
}
