import { once } from 'node:events';
import { expect, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { bytesOf } from '../origin.ts';
import { type Deed, expectBytes, MIB_5 } from './deed.ts';

const openSocket = async (url: string): Promise<WebSocket> => {
  const socket = new WebSocket(url.replace('http', 'ws'), ['chat', 'other']);
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  return socket;
};

export const WEBSOCKET_DEEDS: readonly Deed[] = [
  [
    'sends text and bytes, and gets them back',
    async (url) => {
      const socket = await openSocket(`${url}/socket`);
      expect(socket.protocol).toBe('chat');
      for (const message of ['hello', 'x'.repeat(100_000)]) {
        socket.send(message);
        const [data] = (await once(socket, 'message')) as [Buffer];
        expect(data.toString()).toBe(message);
      }
      socket.send(bytesOf(MIB_5));
      const [data] = (await once(socket, 'message')) as [Buffer];
      expectBytes(data, MIB_5);
    },
  ],
  [
    'pings, and closes with a reason',
    async (url) => {
      const socket = await openSocket(`${url}/socket`);
      socket.ping('are you there');
      const [pong] = (await once(socket, 'pong')) as [Buffer];
      expect(pong.toString()).toBe('are you there');
      socket.close(4321, 'enough');
      expect(await once(socket, 'close')).toEqual([4321, Buffer.from('enough')]);
    },
  ],
];
