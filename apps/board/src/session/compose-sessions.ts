import { hkdfSync } from 'node:crypto';
import { AccessTokens, Login, LoginThrottle, Passwords, Sessions } from '@higress/auth';
import { deriveKeys, type Settings } from '@higress/config';
import { Desk, Sealer } from '@higress/database';
import { Secret } from '@higress/kernel';
import type { Stores } from '../process/open-stores';
import { BoardSessions } from './board-sessions';

const NAME = 'ai-higress-board';
const MINUTE_SECONDS = 60;
const DAY_MS = 86_400_000;

/** The owner's login, with tokens signed by a key of the board's own that every board derives alike. */
export function composeSessions(settings: Settings<'board'>, { db: dataSource, stateRedis, announcements }: Stores): BoardSessions {
  const { pepper, encryption } = deriveKeys(settings);
  const secret = new Secret(Buffer.from(hkdfSync('sha256', settings.JWT_SECRET_KEY.reveal(), NAME, 'session', 32)).toString('base64url'));
  const lifeSeconds = settings.ACCESS_TOKEN_EXPIRE_MINUTES * MINUTE_SECONDS;
  const accessTokens = new AccessTokens({ dataSource, sealer: new Sealer(encryption), announcements, algorithm: 'HS256', secret, issuer: NAME, audience: NAME, lifeSeconds });
  const throttle = new LoginThrottle(stateRedis, settings.CACHE_PREFIX);
  const desk = new Desk({ dataSource, announce: (topic, payload) => announcements.publish(topic, payload) });
  const login = new Login({ dataSource, desk, accessTokens, passwords: new Passwords(), throttle, pepper, refreshLifeMs: settings.REFRESH_TOKEN_EXPIRE_DAYS * DAY_MS });
  return new BoardSessions(login, new Sessions(desk), accessTokens, lifeSeconds);
}
