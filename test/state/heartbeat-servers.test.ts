import { expect, it } from 'vitest';
import { parseAddressRule } from '../../src/core/accept.ts';
import { Board } from '../../src/core/board.ts';
import type { ServerSpec } from '../../src/core/server-spec.ts';
import { serversAtOf } from '../../src/state/heartbeat-servers.ts';

const aServer = (url: string): ServerSpec => ({ id: url, url: new URL(url), tags: [] });
const accept = [parseAddressRule('10.0.0.0/8')!];
const aBoard = (pools: Readonly<Record<string, readonly string[]>>): Board => {
  const board = new Board();
  board.configure(
    Object.entries(pools).map(([name, urls]) => ({ name, servers: urls.map(aServer), accept })),
  );
  return board;
};

it('finds the servers of all pools by their address, on every port', () => {
  const board = aBoard({
    web: ['http://10.0.0.1:3001', 'http://10.0.0.2:3001'],
    api: ['https://10.0.0.1', 'http://[fd00::1]:3001', 'http://web1.example:80'],
  });
  const serversAt = serversAtOf(board);
  expect(serversAt('10.0.0.1')).toEqual([
    { url: 'http://10.0.0.1:3001', pool: 'web' },
    { url: 'https://10.0.0.1', pool: 'api' },
  ]);
  expect(serversAt('fd00::1')).toEqual([{ url: 'http://[fd00::1]:3001', pool: 'api' }]);
  for (const other of ['10.0.0.3', '127.0.0.1', 'web1.example.', '']) expect(serversAt(other)).toEqual([]);
});

it('knows localhost at loopback addresses', () => {
  const serversAt = serversAtOf(aBoard({ web: ['http://localhost:3001', 'http://127.0.0.1:3002'] }));
  expect(serversAt('127.0.0.1').map(({ url }) => url)).toEqual([
    'http://127.0.0.1:3002',
    'http://localhost:3001',
  ]);
  expect(serversAt('::1').map(({ url }) => url)).toEqual(['http://localhost:3001']);
  expect(serversAt('10.0.0.1')).toEqual([]);
});

it('follows the pools as they change, and knows no server that only an agent announced', () => {
  const board = aBoard({ web: ['http://10.0.0.1:1'] });
  const serversAt = serversAtOf(board);
  expect(serversAt('10.0.0.1')).toHaveLength(1);
  board.hear(
    { v: 1, node: 'n', boot: 'b', seq: 1, stats: {}, servers: [{ url: 'http://10.0.0.1:2', pool: 'web' }] },
    { address: '', transport: 'memory' },
    0,
  );
  expect(board.pool('web')?.servers).toHaveLength(2);
  expect(serversAt('10.0.0.1')).toHaveLength(1);
  board.pool('web')?.discover([aServer('http://10.0.0.1:3')]);
  expect(serversAt('10.0.0.1').map(({ url }) => url)).toEqual(['http://10.0.0.1:1', 'http://10.0.0.1:3']);
  board.configure([]);
  expect(serversAt('10.0.0.1')).toEqual([]);
});
