import type { AuditNote, Changed } from '@higress/database';

export type CatalogSubject = 'provider' | 'credential' | 'model' | 'deployment' | 'price';

/** A change of what can be called: it belongs to the whole installation, and every gateway takes it up at once. */
export function catalogChange<T>(value: T, subjectType: CatalogSubject, subjectId: string, verb: string, about: Pick<AuditNote, 'before' | 'after'>): Changed<T> {
  return { value, audit: { tenantId: null, action: `${subjectType}.${verb}`, subjectType, subjectId, ...about }, announce: [['catalog-changed', {}]] };
}
