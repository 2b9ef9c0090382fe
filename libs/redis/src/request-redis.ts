import { Cluster, Redis, type Command } from 'ioredis';
import { afterAwake } from './after-awake';

/** What a request may wait for one command. */
const DEADLINE_MS = 50;
/** A socket on which answers have been late for this long is dead, even if nobody has closed it: a failed host, a firewall. */
const DEAD_AFTER_MS = 900;

type Stream = Parameters<Redis['sendCommand']>[1];
type Node = Parameters<Cluster['sendCommand']>[2];

/** A connection whose every command is over in 50 ms, and which replaces a socket that has stopped answering. */
export class RequestRedis extends Redis {
  #lateSince = 0;

  override sendCommand(command: Command, stream?: Stream): unknown {
    giveDeadline(command, (isLate) => (isLate ? this.#late(performance.now()) : (this.#lateSince = 0)));
    return super.sendCommand(command, stream);
  }

  #late(now: number): void {
    this.#lateSince ||= now;
    if (now - this.#lateSince < DEAD_AFTER_MS || this.status !== 'ready') return;
    this.#lateSince = 0;
    this.disconnect(true);
  }
}

/** The same on a cluster, whose connections to its nodes watch their sockets by themselves. */
export class RequestCluster extends Cluster {
  override sendCommand(command: Command, stream?: Stream, node?: Node): unknown {
    giveDeadline(command, () => undefined);
    return super.sendCommand(command, stream, node);
  }
}

/** Rejects a command that was not answered in time. Calls `over` with true then, with false when it was answered. */
function giveDeadline(command: Command, over: (isLate: boolean) => void): void {
  const cancel = afterAwake(DEADLINE_MS, () => {
    if (command.isResolved) return;
    over(true);
    command.reject(new Error('Command timed out'));
  });
  command.promise.then(() => {
    cancel();
    over(false);
  }, cancel);
}
