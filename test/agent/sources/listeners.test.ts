import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { listenersOn, parseListeners, withDescendants } from '../../../agent/sources/listeners.ts';
import { treeUnder } from '../../../agent/sources/source.ts';
import { aTree, type Files } from './a-tree.ts';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const socket = (port: number, inode: number, state = '0A', address = '0100007F'): string =>
  `   0: ${address}:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`;

describe('parseListeners', () => {
  it('takes the sockets that listen on one of the ports, whatever their address', () => {
    const text =
      HEAD +
      socket(3001, 11) +
      socket(3002, 12) +
      socket(3001, 13, '01') +
      socket(3001, 14, '0A', '0'.repeat(32));
    expect(parseListeners(text, new Set([3001]))).toEqual(['11', '14']);
  });

  it.each(['', HEAD, 'garbage\n', '0: x:zz y 0A\n', socket(3001, 0)])('finds nothing in %j', (text) => {
    expect(parseListeners(text, new Set([3001]))).toEqual([]);
  });
});

const aProcess = (pid: number, comm = 'app', children = ''): Files => ({
  [`/proc/${pid}/stat`]: `${pid} (${comm}) S`,
  [`/proc/${pid}/comm`]: `${comm}\n`,
  [`/proc/${pid}/task/${pid}/children`]: children,
});

describe('listenersOn', () => {
  const table = { '/proc/net/tcp6': HEAD + socket(3001, 11) };

  it('finds the processes that hold the socket, and what they started', () => {
    const files = {
      ...table,
      ...aProcess(20, 'app', '21 22 '),
      ...aProcess(21, 'app', '23 '),
      ...aProcess(30),
    };
    const links = { '/proc/20/fd/5': 'socket:[11]', '/proc/30/fd/5': 'socket:[12]' };
    expect([...listenersOn(aTree(files, links), [3001])(0)].sort()).toEqual([20, 21, 22, 23]);
  });

  it('leaves out the one that holds the socket for others, if others hold it', () => {
    const files = { ...table, ...aProcess(1, 'systemd'), ...aProcess(20), ...aProcess(25, 'docker-proxy') };
    const link = 'socket:[11]';
    const links = { '/proc/1/fd/5': link, '/proc/20/fd/3': link, '/proc/25/fd/3': link };
    expect(listenersOn(aTree(files, links), [3001])(0)).toEqual([20]);
    const container = { ...table, ...aProcess(1, 'node') };
    expect(listenersOn(aTree(container, { '/proc/1/fd/5': link }), [3001])(0)).toEqual([1]);
  });

  it('looks for new children every half a minute and searches anew every ten minutes only', () => {
    const files: Files = { ...table, ...aProcess(20) };
    const tree = aTree(files, { '/proc/20/fd/5': 'socket:[11]' });
    const find = listenersOn(tree, [3001]);
    expect(find(0)).toEqual([20]);
    files['/proc/20/task/20/children'] = '21 ';
    for (let now = 250; now < 30_000; now += 250) expect(find(now)).toEqual([20]);
    for (let now = 30_000; now < 600_000; now += 250) expect(find(now)).toEqual([20, 21]);
    const searches = (): number => tree.reads.filter((path) => path === '/proc/net/tcp6').length;
    expect(searches()).toBe(1);
    find(600_000);
    expect(searches()).toBe(2);
  });

  it('finds the new process within a second when the application starts anew', () => {
    const files: Files = { ...table, ...aProcess(20) };
    const links: Files = { '/proc/20/fd/5': 'socket:[11]' };
    const find = listenersOn(aTree(files, links), [3001]);
    expect(find(0)).toEqual([20]);
    links['/proc/20/fd/5'] = undefined;
    links['/proc/21/fd/5'] = 'socket:[11]';
    Object.assign(files, aProcess(21));
    expect(find(1000)).toEqual([21]);
  });

  it('asks ever more seldom while nobody listens', () => {
    const tree = aTree({});
    const find = listenersOn(tree, [3001]);
    for (let now = 0; now < 120_000; now += 250) expect(find(now)).toEqual([]);
    const searches = tree.reads.filter((path) => path === '/proc/net/tcp').length;
    expect(searches).toBeGreaterThan(4);
    expect(searches).toBeLessThan(10);
  });

  it('gives up a search among very many open files', () => {
    const links: Files = {};
    const files: Files = { ...table };
    for (let pid = 2; pid < 1000; pid++) {
      files[`/proc/${pid}/comm`] = 'x\n';
      for (let file = 0; file < 70; file++) links[`/proc/${pid}/fd/${file}`] = 'socket:[99]';
    }
    let followed = 0;
    const tree = aTree(files, {});
    const names = Array.from({ length: 70 }, (_, file) => String(file));
    const counted = {
      ...tree,
      list: (path: string) => (path.endsWith('/fd') ? names : tree.list(path)),
      link: (path: string) => {
        followed += 1;
        return links[path];
      },
    };
    expect(listenersOn(counted, [3001])(0)).toEqual([]);
    expect(followed).toBe(20_000);
  });

  it.skipIf(!existsSync('/proc/net/tcp'))(
    'finds this very process by a port that it listens on',
    async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      expect(listenersOn(treeUnder('/'), [port])(0)).toContain(process.pid);
      await new Promise((resolve) => server.close(resolve));
    },
  );
});

describe('withDescendants', () => {
  it('ends where processes are each other’s children, and at 64', () => {
    expect(withDescendants(aTree({ ...aProcess(1, 'a', '2 '), ...aProcess(2, 'b', '1 ') }), [1])).toEqual([
      1, 2,
    ]);
    const many = Array.from({ length: 500 }, (_, i) => i + 2).join(' ');
    expect(withDescendants(aTree(aProcess(1, 'a', many)), [1])).toHaveLength(64);
  });
});
