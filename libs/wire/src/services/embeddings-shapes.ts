import type { Usage } from '@higress/kernel';

/** What is to be embedded: texts, or the tokens of texts in the model's own vocabulary. */
export interface EmbeddingsAsked {
  readonly inputs: readonly (string | readonly number[])[];
  /** Numbers in a vector; absent: as many as the model makes. */
  readonly dimensions?: number;
  readonly encoding: 'float' | 'base64';
  /** What the vectors are for (`search_document`, `search_query`, `classification`, `clustering`), for models that tell these apart. */
  readonly inputType?: string;
  readonly user?: string;
  /** Members that have no name here, as the client spelled them. */
  readonly extras: Readonly<Record<string, unknown>>;
}

export interface EmbeddingsGiven {
  /** One for each input, in their order. */
  readonly vectors: readonly (readonly number[])[];
  /** Null where the provider told none. */
  readonly usage: Usage | null;
}
