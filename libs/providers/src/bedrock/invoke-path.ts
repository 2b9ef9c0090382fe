/** Where a model is asked in words of its own. */
export function invokePath(model: string): string {
  return `/model/${encodeURIComponent(model)}/invoke`;
}
