import { accessSync, constants, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { pino, type DestinationStream, type Level, type Logger, type StreamEntry } from 'pino';
import pretty from 'pino-pretty';
import { GatheredLines } from './gathered-lines';
import { isoTime } from './iso-time';

export interface LogSettings {
  /** The service's name in every line. */
  readonly name: string;
  readonly LOG_LEVEL: Level;
  readonly LOG_JSON_FORMAT: boolean;
  readonly LOG_FILE_PATH?: string;
  readonly DEBUG: boolean;
}

/**
 * Fields that never reach a log: a second wall behind not logging them. No wildcards: each costs a walk through every line,
 * and two levels of them were ten times the price of the line itself.
 */
const NEVER = ['authorization', 'cookie', 'password', 'secret', 'apiKey', 'api_key', 'refresh_token', 'access_token', 'headers.authorization', 'headers.cookie', 'headers["x-api-key"]', 'body.password'];

/**
 * The service's logger. Lines are written asynchronously, and JSON ones gathered for up to 200 ms, so a slow terminal never holds a request.
 * A log file that cannot be opened costs one warning, not the start.
 */
export function createLogger(settings: LogSettings): Logger {
  const streams: StreamEntry[] = [{ level: 'trace', stream: settings.LOG_JSON_FORMAT ? gathered(1) : readable(pino.destination({ dest: 1, sync: false })) }];
  let fault: unknown;
  if (settings.LOG_FILE_PATH) {
    try {
      streams.push({ level: 'trace', stream: openFile(settings.LOG_FILE_PATH) });
    } catch (error) {
      fault = error;
    }
  }
  const options = {
    level: settings.DEBUG ? 'debug' : settings.LOG_LEVEL,
    base: { service: settings.name },
    timestamp: isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: NEVER, censor: '[secret]' },
  };
  const logger = pino(options, streams.length === 1 && streams[0] ? streams[0].stream : pino.multistream(streams));
  if (fault) logger.warn({ path: settings.LOG_FILE_PATH, reason: (fault as NodeJS.ErrnoException).code }, 'LOG_FILE_PATH cannot be written: logging to stdout only');
  return logger;
}

function openFile(path: string): DestinationStream {
  mkdirSync(dirname(path), { recursive: true });
  accessSync(dirname(path), constants.W_OK);
  return gathered(path);
}

function gathered(dest: number | string): DestinationStream {
  return new GatheredLines(pino.destination({ dest, sync: false, append: true }));
}

function readable(destination: DestinationStream): DestinationStream {
  return pretty({ destination: destination as never, colorize: process.stdout.isTTY, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname,name,service', singleLine: true });
}
