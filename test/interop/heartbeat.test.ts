import { connect } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Board } from '../../src/core/board.ts';
import { HeartbeatReceiver } from '../../src/state/heartbeat-receive.ts';
import { serversAtOf } from '../../src/state/heartbeat-servers.ts';
import { parseHeartbeatAddress } from '../../src/state/udp-address.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { hasHttpd, runHttpd } from './httpd.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

beforeAll(() => {
  if (!hasHttpd) console.error('SKIPPED: Apache httpd is not installed (apt-get install apache2)');
});

/** httpd and a board that hears it. `group`: where its heartbeats go, with a port. */
const heard = async (group: string, query: string) => {
  const [port = 0] = await freePorts(1);
  const board = new Board();
  const url = new URL(`http://127.0.0.1:${port}`);
  board.configure([{ name: 'web', servers: [{ id: 'httpd', url, tags: [] }], accept: [] }]);
  const refused: string[] = [];
  const receiver = new HeartbeatReceiver({
    at: parseHeartbeatAddress(`heartbeat://${group}:0${query}`),
    serversAt: serversAtOf(board),
  });
  open.push(() => receiver.close());
  await receiver.subscribe({
    hear: (report, source) => board.hear(report, source, performance.now()),
    refused: ({ code, message }) => refused.push(`${code}: ${message}`),
  });
  const at = new URL(receiver.address ?? '').host;
  open.push(await runHttpd(port, ['heartbeat'], [`HeartbeatAddress ${at}`]));
  await eventually(
    () => (board.pool('web')?.byId('httpd')?.stats ? true : refused.length > 0),
    'a heartbeat',
  );
  return { board, refused, server: board.pool('web')?.byId('httpd'), port };
};

describe.skipIf(!hasHttpd)("Apache httpd's mod_heartbeat", () => {
  it('tells of its workers, by a packet of its own to this proxy', async () => {
    const { board, refused, server } = await heard('127.0.0.1', '');
    expect(refused).toEqual([]);
    expect(server?.node).toBe('heartbeat:127.0.0.1');
    await eventually(() => server?.stats?.slots?.available === 8, 'eight workers wait');
    expect(server?.stats).toMatchObject({ slots: { total: 8, available: 8 }, inFlight: 0 });
    await eventually(() => (board.node('heartbeat:127.0.0.1')?.reports ?? 0) >= 3, 'three heartbeats');
    expect(board.nodes().map(({ name }) => name)).toEqual(['heartbeat:127.0.0.1']);
  });

  it('counts a request that is under way as busy', async () => {
    const { refused, server, port } = await heard('127.0.0.1', '');
    expect(refused).toEqual([]);
    // A head that does not end keeps a worker busy.
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    open.push(async () => void socket.destroy());
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nX: ');
    await eventually(() => server?.stats?.inFlight === 1, 'one worker is busy');
    expect(server?.stats?.slots).toEqual({ total: 8, available: 7 });
  });

  it('is not believed from where nobody said it would be', async () => {
    const { refused, server } = await heard('127.0.0.1', '?from=192.0.2.0/24');
    expect(refused[0]).toContain('source: ');
    expect(server?.stats).toBeUndefined();
  });
});
