import type { BlockedIpEntity } from '@higress/database';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf, listShape, timeSchema } from '../list.schema';

const network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], 'must be an IP address or a CIDR such as 192.0.2.0/24');
const rowSchema = z.object({
  id: z.uuid(),
  cidr: z.string().describe('The network; of one address `192.0.2.1/32`'),
  reason: z.string().nullable(),
  expires_at: timeSchema.nullable().describe('Null: until it is deleted'),
  created_at: timeSchema,
});
const newSchema = z.strictObject({
  cidr: network,
  reason: z.string().max(500).nullable().default(null),
  expires_at: z.iso.datetime({ offset: true, error: 'must be a time such as 2027-01-31T00:00:00Z' }).nullable().default(null),
});

export class NewBlockedIpDto extends createZodDto(newSchema.meta({ examples: [{ cidr: '192.0.2.0/24', reason: 'guesses keys' }] })) {}
export class BlockedIpDto extends createZodDto(rowSchema) {}
export class BlockedIpListDto extends createZodDto(listOf(rowSchema)) {}
export class BlockedIpQueryDto extends createZodDto(z.strictObject(listShape)) {}

export function toBlockedIp({ id, cidr, reason, expiresAt, createdAt }: BlockedIpEntity): z.output<typeof rowSchema> {
  return { id, cidr, reason, expires_at: expiresAt?.toISOString() ?? null, created_at: createdAt.toISOString() };
}
