import { accessSync, constants, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { pino, type DestinationStream, type Level, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { GatheredLines } from './gathered-lines';
import { isoNow, isoTime } from './iso-time';

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
  const streams = [settings.LOG_JSON_FORMAT ? gathered(1) : readable(pino.destination({ dest: 1, sync: false }))];
  let fault: unknown;
  if (settings.LOG_FILE_PATH) {
    try {
      streams.push(openFile(settings.LOG_FILE_PATH));
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
  const destination: DestinationStream = { write: (line) => streams.forEach((stream) => stream.write(line)) };
  const logger = pino(options, destination);
  origins.set(logger, { destination, service: settings.name });
  if (fault) logger.warn({ path: settings.LOG_FILE_PATH, reason: (fault as NodeJS.ErrnoException).code }, 'LOG_FILE_PATH cannot be written: logging to stdout only');
  return logger;
}

/** Where the lines of a logger go, and what they are called by. */
const origins = new WeakMap<Logger, { readonly destination: DestinationStream; readonly service: string }>();

/**
 * Writes the line that `logger` would write, at a good half of its price: without looking for what must never reach a log. For fields of our
 * own alone, where there is a line for each call.
 */
export function writePlain(logger: Logger, level: Level, fields: Readonly<Record<string, unknown>>, msg: string): void {
  const origin = origins.get(logger);
  if (!origin) return logger[level](fields, msg);
  if (logger.isLevelEnabled(level)) origin.destination.write(`${JSON.stringify({ level, time: isoNow(), service: origin.service, ...fields, msg })}\n`);
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
