import dgram from 'node:dgram';
import { encodeReport } from '../../src/core/report.ts';
import { encodeDatagram } from '../../src/state/datagram.ts';
import { parseUdpAddress } from '../../src/state/udp-address.ts';
import { UdpReceiver, type UdpReceiverOptions } from '../../src/state/udp-receive.ts';
import { aClock, aReport, Listener, TOKEN, theTokens } from './support.ts';

/** What a test has opened. */
export type Opened = { close(): unknown }[];

/** A receiver that listens, and a way to send to it. It goes on the list of what is to be closed. */
export const listening = async (open: Opened, options: Partial<UdpReceiverOptions> = {}) => {
  const clock = aClock();
  const receiver = new UdpReceiver({
    at: parseUdpAddress('udp://127.0.0.1:0'),
    tokens: theTokens(),
    clock,
    ...options,
  });
  const listener = new Listener();
  await receiver.subscribe(listener);
  const socket = dgram.createSocket('udp4');
  open.push(receiver, socket);
  const port = Number(new URL(receiver.address!).port);
  const send = (datagram: string | Buffer): void => socket.send(datagram, port, '127.0.0.1');
  return { receiver, listener, clock, send };
};

/** A report as a signed datagram. */
export const sign = (epoch: number, token: string = TOKEN, seq = 1): string =>
  encodeDatagram(encodeReport(aReport({ seq })), token, epoch);
