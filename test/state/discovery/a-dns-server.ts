import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { eventually } from '../../support/eventually.ts';

/** What the server says to one question: records, an error, or nothing at all. */
export type Reply =
  | readonly string[]
  | { readonly records: readonly string[]; readonly ttl: number }
  | 'NXDOMAIN'
  | 'SERVFAIL'
  | 'REFUSED'
  | 'silence'
  | 'garbage';

type Type = 'A' | 'AAAA' | 'SRV';

const TYPES: Readonly<Record<number, Type>> = { 1: 'A', 28: 'AAAA', 33: 'SRV' };
const RCODES = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;
/** What fits in a datagram; a longer answer is asked for again over TCP. */
const MAX_DATAGRAM = 1232;

const nameBytes = (name: string): Buffer =>
  Buffer.concat([
    ...name
      .split('.')
      .filter((label) => label !== '')
      .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ]);

const groups = (text: string): number[] =>
  text === '' ? [] : text.split(':').map((group) => parseInt(group, 16));

const v6Bytes = (text: string): Buffer => {
  const [front = '', back] = text.split('::');
  const [head, tail] = [groups(front), groups(back ?? '')];
  const middle = back === undefined ? [] : Array<number>(8 - head.length - tail.length).fill(0);
  return Buffer.from([...head, ...middle, ...tail].flatMap((group) => [group >> 8, group & 255]));
};

/** `10.0.0.1`, `fd00::1`, or `priority weight port host`. */
const dataOf = (type: Type, text: string): Buffer => {
  if (type === 'A') return Buffer.from(text.split('.').map(Number));
  if (type === 'AAAA') return v6Bytes(text);
  const [priority, weight, port, host = ''] = text.split(' ');
  const numbers = Buffer.alloc(6);
  for (const [i, number] of [priority, weight, port].entries()) numbers.writeUInt16BE(Number(number), i * 2);
  return Buffer.concat([numbers, nameBytes(host)]);
};

interface Question {
  readonly name: string;
  readonly type: Type | undefined;
  readonly typeNumber: number;
  /** Where it ends in the message. */
  readonly end: number;
}

const questionOf = (message: Buffer): Question => {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at]!; length > 0; length = message[at]!) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const typeNumber = message.readUInt16BE(at + 1);
  return { name: labels.join('.').toLowerCase(), type: TYPES[typeNumber], typeNumber, end: at + 5 };
};

const answerOf = (
  message: Buffer,
  question: Question,
  reply: Exclude<Reply, 'silence'>,
  isTcp: boolean,
): Buffer => {
  const { typeNumber, type, end } = question;
  const header = Buffer.alloc(12);
  message.copy(header, 0, 0, 2);
  header.writeUInt16BE(1, 4);
  const list = typeof reply === 'string' ? [] : 'records' in reply ? reply.records : reply;
  const ttl = typeof reply === 'object' && 'records' in reply ? reply.ttl : 60;
  const rcode = typeof reply === 'string' && reply !== 'garbage' ? RCODES[reply] : 0;
  const records = list.map((text) => {
    const data = dataOf(type!, text);
    const head = Buffer.alloc(12);
    head.writeUInt16BE(0xc00c, 0);
    head.writeUInt16BE(typeNumber, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt32BE(ttl, 6);
    head.writeUInt16BE(data.length, 10);
    return Buffer.concat([head, data]);
  });
  const body = Buffer.concat(records);
  const isCut = !isTcp && end + body.length > MAX_DATAGRAM;
  header.writeUInt16BE(0x8180 | (isCut ? 0x0200 : 0) | rcode, 2);
  header.writeUInt16BE(isCut ? 0 : records.length, 6);
  const whole = Buffer.concat([header, message.subarray(12, end), isCut ? Buffer.alloc(0) : body]);
  return reply === 'garbage' ? Buffer.concat([whole.subarray(0, 12), Buffer.alloc(40, 0xff)]) : whole;
};

export interface DnsServer {
  /** `127.0.0.1:port` */
  readonly address: string;
  /** `A web.internal`, one for each question that came, repeated ones included. */
  readonly asked: readonly string[];
  /** Says this from now on. A name or type that was never set does not exist. */
  set(type: Type, name: string, reply: Reply): void;
}

const listenBoth = async (tcp: Server): Promise<ReturnType<typeof createSocket>> => {
  for (;;) {
    const udp = createSocket('udp4');
    udp.bind(0, '127.0.0.1');
    await once(udp, 'listening');
    try {
      tcp.listen(udp.address().port, '127.0.0.1');
      await once(tcp, 'listening');
      return udp;
    } catch {
      udp.close();
    }
  }
};

/** A DNS server on loopback, over UDP and TCP, that says what a test wants. It goes when the test ends. */
export const aDnsServer = async (): Promise<DnsServer> => {
  const replies = new Map<string, Reply>();
  const asked: string[] = [];
  const respond = (message: Buffer, isTcp: boolean): Buffer | undefined => {
    const question = questionOf(message);
    const key = `${question.type} ${question.name}`;
    asked.push(key);
    const isKnown = [...replies.keys()].some((known) => known.endsWith(` ${question.name}`));
    const reply = replies.get(key) ?? (isKnown ? [] : 'NXDOMAIN');
    return reply === 'silence' ? undefined : answerOf(message, question, reply, isTcp);
  };
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    let held = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      held = Buffer.concat([held, bytes]);
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
        const length = held.readUInt16BE(0);
        const answer = respond(held.subarray(2, 2 + length), true);
        held = held.subarray(2 + length);
        const size = Buffer.alloc(2);
        size.writeUInt16BE(answer?.length ?? 0, 0);
        if (answer) socket.write(Buffer.concat([size, answer]));
      }
    });
  });
  const udp = await listenBoth(tcp);
  udp.on('message', (message: Buffer, from: RemoteInfo) => {
    const answer = respond(message, false);
    if (answer) udp.send(answer, from.port, from.address);
  });
  onTestFinished(async () => {
    udp.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => tcp.close(resolve));
  });
  const { port } = tcp.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    asked,
    set: (type, name, reply) => void replies.set(`${type} ${name}`, reply),
  };
};

/** Resolves once the server was asked this so many times in all. */
export const wasAsked = (server: DnsServer, question: string, times: number): Promise<void> =>
  eventually(() => server.asked.filter((one) => one === question).length >= times, `${times} x ${question}`);
