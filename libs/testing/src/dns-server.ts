import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

/** What a name has when it is asked for the `nth` time, counted from 0: IPv4 and IPv6 addresses. */
export type DnsScript = (nth: number) => readonly string[];

export interface DnsServer {
  readonly port: number;
  /** From now on the name has these addresses; it has none before. Answers live for no time at all. */
  answer(name: string, script: DnsScript): void;
  /** How often a name was looked up; a question for IPv4 and one for IPv6 are one look-up. */
  asked(name: string): number;
  close(): Promise<void>;
}

const TYPE_A = 1;
const TYPE_AAAA = 28;
const HEADER_BYTES = 12;

/** A name server on loopback that changes its mind as scripted, over UDP. */
export async function dnsServer(): Promise<DnsServer> {
  const names = new Map<string, { script: DnsScript; asked: { [TYPE_A]: number; [TYPE_AAAA]: number } }>();
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const { name, type, end } = readQuestion(query);
    const known = names.get(name.toLowerCase());
    const addresses = known && (type === TYPE_A || type === TYPE_AAAA) ? known.script(known.asked[type]++).filter((ip) => isIPv6(ip) === (type === TYPE_AAAA)) : [];
    socket.send(answerTo(query.subarray(0, end), type, addresses), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    answer: (name, script) => void names.set(name.toLowerCase(), { script, asked: { [TYPE_A]: 0, [TYPE_AAAA]: 0 } }),
    asked: (name) => Math.max(0, ...Object.values(names.get(name.toLowerCase())?.asked ?? {})),
    close: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.'), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** The question again, and what the name has: a pointer to it, type, class, no life, the address. */
function answerTo(question: Buffer, type: number, addresses: readonly string[]): Buffer {
  const head = Buffer.from(question);
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  const records = addresses.map((address) => {
    const bytes = isIPv6(address) ? bytesOfIpv6(address) : Buffer.from(address.split('.').map(Number));
    return Buffer.concat([Buffer.from([0xc0, HEADER_BYTES, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length]), bytes]);
  });
  return Buffer.concat([head, ...records]);
}

function bytesOfIpv6(address: string): Buffer {
  // As the URL parser writes it: no IPv4 at its end, at most one `::`.
  const [front = '', back] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string | undefined) => (text ? text.split(':').map((group) => Number.parseInt(group, 16)) : []);
  const [head, tail] = [groups(front), groups(back)];
  const all = [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
