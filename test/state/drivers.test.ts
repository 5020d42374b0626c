import { createSocket } from 'node:dgram';
import { request, type Server } from 'node:http';
import { afterEach } from 'vitest';
import type { Report } from '../../src/core/report.ts';
import { encodeDatagram } from '../../src/state/datagram.ts';
import { publisherTo, receiverAt } from '../../src/state/driver-from-url.ts';
import { MemoryDriver } from '../../src/state/memory.ts';
import { conforms, type Rig, type RigOptions } from './conformance.ts';
import { aMiddlebox, portOf, RawStream, tokensOf } from './http-support.ts';
import { TOKEN } from './support.ts';

const memory = ({ clock }: RigOptions): Rig => {
  const driver = new MemoryDriver({ clock });
  const sendRaw = async (text: string): Promise<void> => {
    // The only way in is publish; what cannot be a report at all goes in as an object that writes itself as such.
    await driver.publish({ toJSON: () => rawJson(Buffer.from(text).toString()) } as unknown as Report);
  };
  return { receiver: driver, publisher: () => driver, sendRaw };
};

const rawJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const opened: Server[] = [];
const streams = new Set<RawStream>();
afterEach(() => {
  for (const stream of streams) stream.socket.destroy();
  streams.clear();
  for (const server of opened.splice(0)) server.close().closeAllConnections();
});

const post = (address: string, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${TOKEN}`, connection: 'close' };
    request(`${address}/v1/reports`, { method: 'POST', headers }, (response) => {
      response.resume().once('end', resolve);
    })
      .once('error', reject)
      .end(text);
  });

const httpStream = ({ clock, ...options }: RigOptions): Rig => {
  const receiver = receiverAt('http://127.0.0.1:0', { tokens: tokensOf(TOKEN), clock, ...options });
  let stream: RawStream | undefined;
  /** What has several lines is no line of a stream. */
  const sendRaw = async (text: string): Promise<void> => {
    if (text.includes('\n')) return post(receiver.address!, text);
    stream ??= new RawStream(receiver.address!);
    streams.add(stream);
    stream.write(`${text}\n`);
  };
  return { receiver, publisher: () => publisherTo(receiver.address!, { token: TOKEN, clock }), sendRaw };
};

const httpPosts = ({ clock, ...options }: RigOptions): Rig => {
  const receiver = receiverAt('http://127.0.0.1:0', { tokens: tokensOf(TOKEN), clock, ...options });
  const publisher = () => {
    const between = aMiddlebox(() => receiver.address!);
    opened.push(between);
    return publisherTo(`http://127.0.0.1:${portOf(between)}`, { token: TOKEN, clock });
  };
  return { receiver, publisher, sendRaw: (text) => post(receiver.address!, text) };
};

const udp =
  (at: string) =>
  ({ clock, ...options }: RigOptions): Rig => {
    const receiver = receiverAt(at, { tokens: tokensOf(TOKEN), clock, ...options });
    let told = 0;
    const sendRaw = (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const socket = createSocket('udp4');
        told += 1;
        // Another time makes another signature: a text that is sent twice is no replay.
        const datagram = encodeDatagram(text, TOKEN, clock.epoch() + (told % 20_000));
        const port = Number(receiver.address!.split(':').at(-1));
        socket.send(datagram, port, '127.0.0.1', (error) => {
          socket.close();
          if (error) reject(error);
          else resolve();
        });
      });
    const publisher = () =>
      publisherTo(`${receiver.address}${at.slice(at.indexOf('?'))}`, { token: TOKEN, clock });
    return { receiver, publisher, sendRaw };
  };

conforms('memory', memory, { transport: 'memory', address: 'local', answers: true });
conforms('http by a stream', httpStream, { transport: 'http', address: '127.0.0.1', answers: true });
conforms('http by posts', httpPosts, { transport: 'http', address: '127.0.0.1', answers: true });
conforms('udp to one', udp('udp://127.0.0.1:0?ttl=1'), {
  transport: 'udp',
  address: '127.0.0.1',
  answers: false,
});
conforms('udp to a multicast group', udp('udp://239.255.77.1:0?interface=127.0.0.1'), {
  transport: 'udp',
  address: '127.0.0.1',
  answers: false,
});
conforms('udp to everybody', udp('udp://127.255.255.255:0?broadcast=1'), {
  transport: 'udp',
  address: '127.0.0.1',
  answers: false,
});
