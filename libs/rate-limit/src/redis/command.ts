import { evalScript, isUnknownScript, type RedisConnection, type Script } from '@higress/redis';

/** One script call, and who waits for its reply. */
export interface Command {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
  done(reply: unknown): void;
  failed(error: Error): void;
}

/** Sends commands in their order: on a single Redis in one write, on a cluster each to the node of its slot. */
export function sendCommands(redis: RedisConnection, commands: readonly Command[]): void {
  if (commands.length === 1 || redis.isCluster) {
    for (const command of commands) sendOne(redis, command);
    return;
  }
  const pipeline = redis.pipeline();
  for (const { script, keys, args } of commands) pipeline.evalsha(script.sha, keys.length, ...keys, ...args);
  pipeline.exec().then(
    (replies) => commands.forEach((command, i) => deliver(redis, command, replies?.[i] ?? [new Error('no reply'), null])),
    (error: Error) => commands.forEach((command) => command.failed(error)),
  );
}

function deliver(redis: RedisConnection, command: Command, [error, reply]: [Error | null, unknown]): void {
  if (!error) command.done(reply);
  else if (isUnknownScript(error)) sendOne(redis, command);
  else command.failed(error);
}

function sendOne(redis: RedisConnection, command: Command): void {
  evalScript(redis, command.script, command.keys, command.args).then(
    (reply) => command.done(reply),
    (error: Error) => command.failed(error),
  );
}
