import { openSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { ListenerConfig } from '../../../src/config/schema/schema.ts';
import { activatedSockets, withoutActivation } from '../../../src/control/listeners/activation.ts';

const listener = (name: string): ListenerConfig => ({
  address: '127.0.0.1:0',
  http2: false,
  h2c: false,
  proxyProtocol: false,
  ...(name ? { name } : {}),
});

it.each([
  ['in order', ['', ''], ['x', 'y'], { 0: 3, 1: 4 }],
  ['without names', ['web', 'api'], [undefined, undefined], { 0: 3, 1: 4 }],
  ['by name', ['web', 'api'], ['api', 'web'], { 0: 4, 1: 3 }],
  ['by name, then in order', ['web', 'api', ''], ['forehand.socket', 'web', 'other'], { 0: 4, 1: 3, 2: 5 }],
  ['in order where a name comes twice', ['web', ''], ['web', 'web'], { 0: 3, 1: 4 }],
  ['fewer sockets than listeners', ['web', 'api'], ['api'], { 1: 3 }],
  ['none', ['web'], [], {}],
] as const)('%s: sockets of %j go to listeners of %j', (_, names, sockets, wanted) => {
  const given = sockets.map((name, i) => ({ name, fd: 3 + i }));
  const assigned = activatedSockets(names.map(listener), given);
  expect(Object.fromEntries([...assigned].map(([i, { handle }]) => [i, handle]))).toEqual(wanted);
});

it('a socket that was handed over is closed once, however often it is said', () => {
  const fd = openSync('/dev/null', 'r');
  const socket = activatedSockets([listener('')], [{ name: undefined, fd }]).get(0);
  socket?.close();
  expect(() => socket?.close()).not.toThrow();
});

it('more sockets than listeners are a mistake', () => {
  const given = [3, 4].map((fd) => ({ name: undefined, fd }));
  expect(() => activatedSockets([listener('web')], given)).toThrow(
    'there are 2 sockets in LISTEN_FDS, and 1 in `listen`',
  );
});

it('children are not told of the sockets', () => {
  expect(withoutActivation({ A: 'b', LISTEN_PID: '1', LISTEN_FDS: '1', LISTEN_FDNAMES: 'x' })).toEqual({
    A: 'b',
  });
});
