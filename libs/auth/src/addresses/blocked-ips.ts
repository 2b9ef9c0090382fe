import { BlockedIpEntity, type Desk, type Page, pageById, type PageRequest, type Requester, violates } from '@higress/database';
import { DomainError, uuidv7 } from '@higress/kernel';
import { IpAllowList } from '../keys/ip-allow-list';

/** What every gateway hears when an address was blocked, or no longer is. */
export const BLOCKED_IPS_CHANGED = 'blocked-ips-changed';

export interface NewBlockedIp {
  /** An address or a CIDR. Bits behind the prefix do not count. */
  readonly cidr: string;
  readonly reason: string | null;
  readonly expiresAt: Date | null;
}

/** The addresses whose calls are refused, as operators keep them. */
export class BlockedIps {
  constructor(private readonly desk: Desk) {}

  /** @throws DomainError CONFLICT when the network is there already; VALIDATION_FAILED for one that holds the requester, who could not take it back */
  async create(by: Requester, { cidr, reason, expiresAt }: NewBlockedIp): Promise<BlockedIpEntity> {
    if (by.actor.ip && new IpAllowList([cidr]).allows(by.actor.ip)) {
      throw new DomainError('VALIDATION_FAILED', { param: 'cidr', details: [{ path: 'cidr', message: 'holds your own address: you could not take it back' }] });
    }
    const id = uuidv7();
    return this.desk
      .change(by, async (tx) => {
        await tx.createQueryBuilder().insert().into(BlockedIpEntity).values({ id, cidr: () => 'network(:cidr::inet)', reason, expiresAt }).setParameter('cidr', cidr).execute();
        const value = await tx.findOneByOrFail(BlockedIpEntity, { id });
        return { value, audit: { tenantId: null, action: 'blocked-ip.created', subjectType: 'blocked-ip', subjectId: id, after: { cidr: value.cidr, reason, expires_at: expiresAt?.toISOString() ?? null } }, announce: [[BLOCKED_IPS_CHANGED, {}]] };
      })
      .catch((error: unknown) => {
        throw violates(error, 'blocked_ips_cidr_is_unique') ? new DomainError('CONFLICT', { param: 'cidr', message: 'This network is blocked already.' }) : error;
      });
  }

  /** @throws DomainError NOT_FOUND */
  async get(by: Requester, id: string): Promise<BlockedIpEntity> {
    return (await this.desk.read(by, (tx) => tx.findOneBy(BlockedIpEntity, { id }))) ?? missing();
  }

  list(by: Requester, page: PageRequest): Promise<Page<BlockedIpEntity>> {
    return this.desk.read(by, (tx) => pageById(tx.createQueryBuilder(BlockedIpEntity, 'blocked'), page));
  }

  /** @throws DomainError NOT_FOUND */
  delete(by: Requester, id: string): Promise<void> {
    return this.desk.change(by, async (tx) => {
      const row = (await tx.findOneBy(BlockedIpEntity, { id })) ?? missing();
      await tx.delete(BlockedIpEntity, { id });
      return { value: undefined, audit: { tenantId: null, action: 'blocked-ip.deleted', subjectType: 'blocked-ip', subjectId: id, before: { cidr: row.cidr, reason: row.reason } }, announce: [[BLOCKED_IPS_CHANGED, {}]] };
    });
  }
}

function missing(): never {
  throw new DomainError('NOT_FOUND', { message: 'There is no such blocked address.' });
}
