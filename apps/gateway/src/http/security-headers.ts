import type { FastifyReply, FastifyRequest } from 'fastify';

const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
} as const;
/** For pages: scripts of ours alone. The pages of the API docs bring styles and images in their text. */
const PAGE_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";
const NOTHING_POLICY = "default-src 'none'; frame-ancestors 'none'";
const TWO_YEARS = 'max-age=63072000; includeSubDomains';

/** What a browser must know of every answer that a browser may show. Answers of inference, which none shows, go without. */
export function addSecurityHeaders(request: FastifyRequest, reply: FastifyReply): void {
  for (const [name, value] of Object.entries(ALWAYS)) reply.header(name, value);
  const type = reply.getHeader('content-type');
  const isPage = typeof type === 'string' && type.startsWith('text/html');
  if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', isPage ? PAGE_POLICY : NOTHING_POLICY);
  if (!isPage && !reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  if (request.protocol === 'https') reply.header('strict-transport-security', TWO_YEARS);
}
