import { SEALED_IN_AUTH } from '@higress/auth';
import { SEALED_IN_CATALOG } from '@higress/catalog';
import type { SealedColumn } from '@higress/database';
import { SEALED_IN_REPLAY } from '@higress/replay';

/** Every column that holds sealed values, of whichever lib: what `ctl secrets rotate` brings under the newest key. A spec looks for one that is missing. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [...SEALED_IN_AUTH, ...SEALED_IN_CATALOG, ...SEALED_IN_REPLAY];
