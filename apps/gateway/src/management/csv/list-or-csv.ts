import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import { z } from 'zod';

/** For the schema of a query: `csv` streams all rows as a file, whatever `limit` and `cursor` say. */
export const formatSchema = z.enum(['json', 'csv']).default('json').describe('`csv` streams all rows as a file, whatever `limit` and `cursor` say');

/** Documents a route that answers with a list, or with a file of CSV where the query asks for it. */
export const ListOrCsv = ({ Output }: { readonly Output: Type }) => applyDecorators(HttpCode(200), ApiProduces('application/json', 'text/csv'), ApiOkResponse({ type: Output }));
