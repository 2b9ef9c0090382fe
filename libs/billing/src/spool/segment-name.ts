const NAME = /^(?<host>.+)-(?<pid>\d+)-(?<boot>[0-9a-f]{12})-(?<number>\d+)\.jsonl$/;

/** Which process a file of the spool belongs to. */
export interface SpoolOwner {
  readonly host: string;
  readonly pid: number;
  /** 12 hex digits of chance: pids are used again, and in a container they are always the same. */
  readonly boot: string;
}

export function segmentName({ host, pid, boot }: SpoolOwner, number: number): string {
  return `${host}-${pid}-${boot}-${number}.jsonl`;
}

/** Null for a file that is not a segment, such as what was set aside. */
export function ownerOf(file: string): SpoolOwner | null {
  const { host, pid, boot } = NAME.exec(file)?.groups ?? {};
  return host && pid && boot ? { host, pid: Number(pid), boot } : null;
}
