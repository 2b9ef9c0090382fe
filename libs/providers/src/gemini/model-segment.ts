/** A model's name as one segment of a path, or two where it brings its own folder (`tunedModels/x`). */
export function modelSegment(model: string): string {
  const [folder, name] = model.includes('/') ? [model.slice(0, model.indexOf('/')), model.slice(model.indexOf('/') + 1)] : ['models', model];
  return `${encodeURIComponent(folder)}/${encodeURIComponent(name)}`;
}
