import { ApiHeader } from '@nestjs/swagger';

/** Documents that a route takes `If-Match`. */
export const TakesIfMatch = ApiHeader({ name: 'If-Match', required: false, description: 'The ETag that was read: refused with 412 when somebody has changed it since.' });
