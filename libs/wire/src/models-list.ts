import type { Model } from '@higress/kernel';

/** A model in OpenAI's shape. Whoever serves it is not shown: it is ours to choose. */
export interface OpenAiModel {
  readonly id: string;
  readonly object: 'model';
  /** Unix seconds. */
  readonly created: number;
  readonly owned_by: string;
}

export function openAiModel(model: Model): OpenAiModel {
  return { id: model.name, object: 'model', created: Math.floor(model.createdAt.getTime() / 1000), owned_by: 'gateway' };
}

export function openAiModelList(models: Iterable<Model>): { object: 'list'; data: OpenAiModel[] } {
  return { object: 'list', data: Array.from(models, openAiModel) };
}
