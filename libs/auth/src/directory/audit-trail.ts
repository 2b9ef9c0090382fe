import { type ActorKind, AuditEntryEntity, type Desk, type Page, pageById, type PageRequest, type Requester } from '@higress/database';

export interface AuditFilter {
  /** Null for all tenants, and for what belongs to the whole installation. */
  readonly tenantId: string | null;
  readonly actorKind?: ActorKind;
  readonly actorId?: string;
  readonly action?: string;
  readonly subjectType?: string;
  readonly subjectId?: string;
  readonly requestId?: string;
  /** From this moment on. */
  readonly from?: Date;
  /** Before this moment. */
  readonly to?: Date;
}

const CONDITIONS = {
  tenantId: 'entry.tenantId = :tenantId',
  actorKind: 'entry.actorKind = :actorKind',
  actorId: 'entry.actorId = :actorId',
  action: 'entry.action = :action',
  subjectType: 'entry.subjectType = :subjectType',
  subjectId: 'entry.subjectId = :subjectId',
  requestId: 'entry.requestId = :requestId',
  from: 'entry.at >= :from',
  to: 'entry.at < :to',
} as const satisfies Record<keyof AuditFilter, string>;

/** Who changed what, and who signed in, newest first. */
export class AuditTrail {
  constructor(private readonly desk: Desk) {}

  page(by: Requester, filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntryEntity>> {
    return this.desk.read(by, (tx) => {
      const query = tx.createQueryBuilder(AuditEntryEntity, 'entry').where('true');
      for (const [name, value] of Object.entries(filter)) if (value !== undefined && value !== null) query.andWhere(CONDITIONS[name as keyof AuditFilter], { [name]: value });
      return pageById(query, page);
    });
  }
}
