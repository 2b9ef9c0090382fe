import type { Permission } from '@higress/auth';
import { SetMetadata } from '@nestjs/common';

/** `anyone`: no token needed. `signed-in`: any token. */
export type Need = Permission | 'signed-in' | 'anyone';

export const NEED = 'management:need';

/** Names what a management route needs. A route without it is refused to everybody. */
export const Needs = (need: Need) => SetMetadata(NEED, need);
