import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Refusals } from '../../../src/control/events/refusals.ts';
import { Fleet } from '../../../src/control/fleet/fleet.ts';
import { subscriberOf } from '../../../src/control/fleet/receivers.ts';
import { Instance } from '../../../src/control/instance.ts';
import { silentLog } from '../../../src/control/logs/log.ts';
import { processClock } from '../../../src/control/run-clock.ts';
import { encodeReport } from '../../../src/core/report.ts';
import { Heartbeat } from '../../../src/script/heartbeat.ts';
import { REPORTS_PATH } from '../../../src/state/http-protocol.ts';
import { eventually } from '../../cli/command.ts';
import { aReport } from '../../core/support.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const SERVERS = { web: { servers: ['http://10.0.0.1:80'] } };

const open = async (value: object) => {
  const instance = await Instance.start({
    source: { value },
    env: {},
    log: silentLog,
    clock: processClock,
    seed: 1,
    watch: false,
    heartbeat: new Heartbeat(),
  });
  ends.push(() => instance.close());
  const refusals = new Refusals();
  const fleet = await Fleet.open({ instance, refusals });
  ends.push(() => fleet.close());
  return { instance, fleet, refusals };
};

const ids = ({ board }: Instance): readonly string[] =>
  board
    .pool('web')
    ?.servers.map(({ id }) => id)
    .toSorted() ?? [];

const aFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'forehand-'));
  ends.push(() => rm(folder, { recursive: true }));
  return folder;
};

it('takes other tokens when their file changes, while it listens', async () => {
  const tokenFile = join(await aFolder(), 'token');
  const value = {
    agents: { listen: 'http://127.0.0.1:0', tokens: [{ name: 'web', tokenFile, pools: ['web'] }] },
    pools: SERVERS,
  };
  await writeFile(tokenFile, 'old\n');
  const { instance, fleet } = await open(value);
  const origin = /http:\/\/[\d.:]+/.exec(fleet.health()[0]?.detail ?? '')?.[0] ?? '';
  let seq = 0;
  const send = async (token: string): Promise<number> => {
    seq += 1;
    const answer = await fetch(origin + REPORTS_PATH, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: encodeReport(aReport(['a'], { seq })),
    });
    return answer.status;
  };
  expect([await send('old'), await send('new')]).toEqual([204, 401]);
  await writeFile(tokenFile, 'old\nnew\n');
  expect(await instance.reload()).toMatchObject({ ok: true, ignored: [] });
  expect([await send('old'), await send('new')]).toEqual([204, 204]);
  await writeFile(tokenFile, 'new\n');
  await instance.reload();
  expect([await send('old'), await send('new')]).toEqual([401, 204]);
});

it('has the servers of a file when it opens, follows the file, and keeps them when a reload goes wrong', async () => {
  const file = join(await aFolder(), 'servers.yaml');
  await writeFile(file, '- targets: ["10.0.0.1:80"]\n');
  const pools = { web: { discovery: { file } } };
  const { instance, fleet } = await open({ pools });
  expect(ids(instance)).toEqual(['10.0.0.1:80']);
  await writeFile(`${file}.new`, '- targets: ["10.0.0.1:80", "10.0.0.2:80"]\n');
  await rename(`${file}.new`, file);
  await eventually(
    async () => ids(instance),
    (found) => found.length === 2,
  );
  expect(await instance.reload({ value: { pools: {} } })).toMatchObject({ ok: false });
  expect(ids(instance)).toEqual(['10.0.0.1:80', '10.0.0.2:80']);
  expect(fleet.discovered()).toMatchObject([{ pool: 'web', servers: 2, fault: undefined }]);
});

it('goes from servers that are written to servers that are found without a pool that is empty', async () => {
  const file = join(await aFolder(), 'servers.json');
  await writeFile(file, '[{ "targets": ["10.0.0.2:80"] }]');
  const { instance } = await open({ pools: SERVERS });
  let fewest = Number.POSITIVE_INFINITY;
  instance.onReload(() => {
    fewest = Math.min(fewest, ids(instance).length);
  });
  await instance.reload({ value: { pools: { web: { discovery: { file } } } } });
  expect(fewest).toBeGreaterThan(0);
  expect(ids(instance)).toEqual(['10.0.0.2:80']);
});

it('asks the agents of a pool, and a server counts as they say', async () => {
  const agent = createServer((socket) => socket.end('up 50%\n')).listen(0, '127.0.0.1');
  await once(agent, 'listening');
  ends.push(() => agent.close());
  const { port } = agent.address() as AddressInfo;
  const { instance } = await open({
    pools: { web: { servers: ['http://127.0.0.1:80'], agentCheck: { port, every: '50ms' } } },
  });
  await eventually(
    async () => instance.board.pool('web')?.servers[0]?.weight,
    (weight) => weight === 0.5,
  );
});

it('keeps what is set by hand over a reload that makes the server anew', async () => {
  const { instance, fleet } = await open({ pools: SERVERS });
  await fleet.hands.set({ server: '10.0.0.1:80', state: 'drain', reason: 'a test' });
  await instance.reload({ value: { pools: { web: { servers: ['http://10.0.0.9:80'] } } } });
  await instance.reload({ value: { pools: SERVERS } });
  expect(instance.board.pool('web')?.servers[0]?.hand).toMatchObject({ state: 'drain', reason: 'a test' });
});

it('counts for a server the reports on it that were refused', async () => {
  const { instance, refusals } = await open({ pools: SERVERS });
  const { now, wallClock } = processClock;
  const subscriber = subscriberOf({ board: instance.board, refusals, now, wallClock });
  subscriber.refused(
    { code: 'signature', message: 'wrong' },
    { address: '10.0.0.7', transport: 'udp' },
    {
      node: 'n1',
      servers: [{ url: 'http://10.0.0.1:80', pool: 'web' }],
    },
  );
  expect(instance.board.pool('web')?.servers[0]?.refused).toBe(1);
  expect(refusals.senders()).toMatchObject([{ source: 'udp 10.0.0.7', node: 'n1', refused: 1 }]);
});
