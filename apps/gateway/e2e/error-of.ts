/** What an answer says went wrong, without the name of its call. */
export async function errorOf(answer: Promise<Response>): Promise<{ status: number; error: Record<string, unknown> }> {
  const response = await answer;
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  return { status: response.status, error: { ...error, trace_id: undefined } };
}
