import { DomainError } from '@higress/kernel';

/**
 * What gateway.yaml declares is changed there: a change from elsewhere would be gone with its next application.
 * @throws DomainError CONFLICT for a row of the file
 */
export function refuseFileOwned({ managedBy }: { readonly managedBy: 'api' | 'file' }): void {
  if (managedBy === 'file') throw new DomainError('CONFLICT', { message: 'It is declared in gateway.yaml: change it there, and have the gateway read the file again (SIGHUP).' });
}
