import type { Dialect, Model } from '@higress/kernel';

/** A model in OpenAI's shape. Whoever serves it is not shown: it is ours to choose. */
interface OpenAiModel {
  readonly id: string;
  readonly object: 'model';
  /** Unix seconds. */
  readonly created: number;
  readonly owned_by: string;
}

function openAiModel(model: Model): OpenAiModel {
  return { id: model.name, object: 'model', created: Math.floor(model.createdAt.getTime() / 1000), owned_by: 'gateway' };
}

/** A model as the clients of a dialect expect one. */
export function modelShape(dialect: Dialect, model: Model): object {
  if (dialect === 'anthropic') return { type: 'model', id: model.name, display_name: model.name, created_at: model.createdAt.toISOString() };
  if (dialect === 'gemini') return { name: `models/${model.name}`, displayName: model.name, supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'] };
  return openAiModel(model);
}

/** All models that a caller may use, in one page. */
export function modelListShape(dialect: Dialect, models: Iterable<Model>): object {
  const data = Array.from(models, (model) => modelShape(dialect, model));
  if (dialect === 'gemini') return { models: data };
  if (dialect === 'openai') return { object: 'list', data };
  const ids = (data as { id: string }[]).map(({ id }) => id);
  return { data, has_more: false, first_id: ids[0] ?? null, last_id: ids.at(-1) ?? null };
}
