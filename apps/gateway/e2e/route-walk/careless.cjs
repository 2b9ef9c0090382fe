/**
 * Preloaded into a gateway, takes one guard away: whoever asks UsageController is let in, and who may read keys reads everybody's.
 * The walk must find both.
 */
const { join } = require('node:path');
const dist = join(__dirname, '../../../../dist');
const { AccessGuard } = require(join(dist, 'apps/gateway/src/management/access/access.guard.js'));
const { Identity } = require(join(dist, 'libs/auth/src/tokens/identity.js'));

const { canActivate } = AccessGuard.prototype;
AccessGuard.prototype.canActivate = function (context) {
  return context.getClass().name === 'UsageController' ? true : canActivate.call(this, context);
};

const { as } = Identity.prototype;
Identity.prototype.as = function (permission, from) {
  const requester = as.call(this, permission, from);
  return permission === 'keys:read' ? { ...requester, tenantId: null, ownerId: null } : requester;
};
