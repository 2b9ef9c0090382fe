import type { Deployment } from '@higress/kernel';
import { Loss } from '@higress/wire';
import type { InferenceCall } from './call';
import { DIALECT_OF } from './dialect-of';

/** With `true` a caller allows to drop whatever the provider cannot be asked. */
export const DROP_HEADER = 'x-gateway-drop-params';

/** What of this call the deployment's provider cannot be asked: nothing yet. */
export function lossOf({ endpoint, headers }: InferenceCall, { provider }: Deployment): Loss {
  return new Loss(DIALECT_OF[endpoint], provider.dialect, headers[DROP_HEADER] === 'true');
}
