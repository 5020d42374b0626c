import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Refusals } from '../../../src/control/events/refusals.ts';
import { Fleet } from '../../../src/control/fleet/fleet.ts';
import { hearSigns } from '../../../src/control/health/signs.ts';
import type { ServerView } from '../../../src/control/views/views.ts';
import { encodeReport } from '../../../src/core/report.ts';
import { aReport } from '../../core/support.ts';
import { RawStream } from '../../state/http-support.ts';
import { TOKEN } from '../../state/support.ts';
import { aDataPlane } from '../../support/a-data-plane.ts';
import { TRANSPORTS } from '../../support/an-engine.ts';
import { eventually } from '../../support/eventually.ts';
import { askRaw } from '../../support/raw-client.ts';

/** What a page that is looked at may take to show it. */
const WITHIN_MS = 1000;

const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

interface Program {
  readonly url: string;
  /** As the system does for a process that is killed: all its sockets are closed. */
  kill(): void;
  start(): Promise<void>;
  /** Ends what is open, and goes on. */
  dropConnections(): void;
  checkFails: boolean;
}

/** A server that can be killed and started again at its port. */
const aProgram = async (): Promise<Program> => {
  let server: Server;
  let port = 0;
  const program: Program = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    checkFails: false,
    kill: () => {
      server.close();
      server.closeAllConnections();
    },
    dropConnections: () => server.closeAllConnections(),
    start: async () => {
      server = createServer({ keepAliveTimeout: 60_000 }, (req, res) => {
        if (req.url === '/up' && program.checkFails) res.writeHead(503);
        res.end('ok');
      });
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      port = (server.address() as AddressInfo).port;
    },
  };
  await program.start();
  onTestFinished(() => program.kill());
  return program;
};

const aProxy = async (transport: 'raw' | 'net', pool: object, programs: readonly Program[]) => {
  const servers = programs.map(({ url }, i) => ({ id: `s${i}`, url }));
  const config = { pools: { web: { servers, ...pool } } };
  const test = await aDataPlane(() => config, { transport });
  const { instance, plane, traffic } = test;
  const fleet = await Fleet.open({ instance, refusals: new Refusals() });
  onTestFinished(() => fleet.close());
  hearSigns(plane, instance.board, (sign) => fleet.watch.hear(sign));
  const view = (id: string): ServerView => {
    const found = traffic.servers().find((one) => one.id === id);
    if (!found) throw new TypeError(`no server ${id}`);
    return found;
  };
  const asked = async (count: number): Promise<readonly string[]> =>
    Promise.all(Array.from({ length: count }, () => askRaw(test.port(), GET)));
  /** Whether it is so within the time that people see. */
  const seen = (holds: () => boolean, what: string) => eventually(holds, what, WITHIN_MS);
  return { ...test, fleet, view, asked, seen, config };
};

const FIRST = { chain: ['notEjected', 'addPrediction', 'byInFlight'] };

describe.each(TRANSPORTS)('a server that is killed, over %s', (transport) => {
  it('is shown as down within a second when a kept connection of it ends, and is back when it is back', async () => {
    const programs = [await aProgram(), await aProgram()];
    const { view, asked, seen, plane, instance } = await aProxy(transport, { chain: ['byRandom'] }, programs);
    await asked(20);
    const [, second] = instance.board.pool('web')?.servers ?? [];
    expect(second && plane.engine.pools.counts(second)?.idle).toBeGreaterThan(0);
    programs[1]?.kill();
    await seen(() => view('s1').state === 'down', 'down');
    expect(view('s1').reason).toMatch(/^connect refused \(checked \d+m?s ago\)$/);
    expect(view('s1').health).toMatchObject({ kind: 'tcp', state: 'down', lastResult: 'connect refused' });
    for (const answer of await asked(20)) expect(answer).toContain('200 OK');
    await programs[1]?.start();
    await eventually(() => view('s1').state === 'ready', 'ready', 7000);
    expect(view('s1').reason).toBeNull();
    const told = instance.events.newest(10).map(({ kind, message }) => `${kind}: ${message}`);
    expect(told).toContain('server_down: s1 in pool web is down: connect refused');
    expect(told).toContainEqual(
      expect.stringMatching(/^server_up: s1 in pool web is up again: connected in/),
    );
  });

  it('is shown as down within a second when a request meets it', async () => {
    const programs = [await aProgram(), await aProgram()];
    const { view, asked, seen } = await aProxy(transport, FIRST, programs);
    programs[0]?.kill();
    for (const answer of await asked(1)) expect(answer).toContain('200 OK');
    await seen(() => view('s0').state === 'down', 'down');
  });

  it('is used again by the first request that it takes, where there is no other', async () => {
    const program = await aProgram();
    const { view, asked, seen } = await aProxy(transport, {}, [program]);
    program.kill();
    expect((await asked(1))[0]).toMatch(/^HTTP\/1\.1 502/);
    await seen(() => view('s0').state === 'down', 'down');
    await program.start();
    expect((await asked(1))[0]).toContain('200 OK');
    await seen(() => view('s0').state === 'ready', 'ready');
  });
});

it('a server without traffic is shown as down when the stream of its agent ends', async () => {
  const program = await aProgram();
  const pools = { web: { servers: [{ id: 's0', url: program.url }] } };
  const { instance, traffic } = await aDataPlane(() => ({
    agents: { listen: 'http://127.0.0.1:0', token: TOKEN },
    pools,
  }));
  const fleet = await Fleet.open({ instance, refusals: new Refusals() });
  onTestFinished(() => fleet.close());
  const { detail: address = '' } = fleet.health()[0] ?? {};
  const agent = new RawStream(address);
  onTestFinished(() => void agent.socket.destroy());
  const report = { ...aReport(), servers: [{ url: program.url }] };
  agent.write(`${encodeReport(report)}\n`);
  await eventually(() => traffic.servers()[0]?.node === 'n1', 'heard of');
  program.kill();
  agent.socket.destroy();
  await eventually(() => traffic.servers()[0]?.state === 'down', 'down', WITHIN_MS);
  expect(traffic.servers()[0]?.reason).toMatch(/^connect refused/);
});

describe('a connection that a server ends', () => {
  it('changes nothing if the server takes another one', async () => {
    const program = await aProgram();
    const { view, asked, instance } = await aProxy('raw', {}, [program]);
    await asked(1);
    program.dropConnections();
    await eventually(() => view('s0').health !== null, 'tried');
    expect(view('s0')).toMatchObject({ state: 'ready', health: { state: 'up' } });
    expect(instance.events.newest(10).map(({ kind }) => kind)).not.toContain('server_down');
  });

  it('is nobody’s business with `health: false`', async () => {
    const programs = [await aProgram(), await aProgram()];
    const { view, asked, instance } = await aProxy('raw', { health: false, ...FIRST }, programs);
    programs[0]?.kill();
    await asked(5);
    await eventually(() => view('s0').state === 'ejected' || view('s0').state === 'down');
    expect(view('s0').health).toBeNull();
    expect(instance.board.pool('web')?.byId('s0')?.health).toBeUndefined();
  });
});

describe('a server that is checked', () => {
  const HEALTH = { path: '/up', interval: '100ms', timeout: '500ms', rise: 2, fall: 2 };

  it('gets no requests while its check fails, though it serves, and begins anew after a reload that drops checks', async () => {
    const programs = [await aProgram(), await aProgram()];
    const proxy = await aProxy('raw', { health: HEALTH, ...FIRST }, programs);
    const { view, asked, seen, config, reload } = proxy;
    await seen(() => view('s0').health?.state === 'up', 'checked');
    Object.assign(programs[0] ?? {}, { checkFails: true });
    await seen(() => view('s0').state === 'down', 'down');
    expect(view('s0').reason).toMatch(/^2 checks failed, the last: 503 instead of 200-399/);
    const before = view('s0').forwarded;
    await asked(10);
    expect(view('s0').forwarded).toBe(before);
    expect((await reload({ pools: { web: { ...config.pools.web, health: false } } })).ok).toBe(true);
    await seen(() => view('s0').state !== 'down' && view('s0').health === null, 'not checked');
  });

  it('keeps its counts over a reload that does not touch it', async () => {
    const program = await aProgram();
    const { view, seen, config, reload } = await aProxy('raw', { health: HEALTH }, [program]);
    await seen(() => (view('s0').health?.passes ?? 0) >= 3, 'checked three times');
    const { passes = 0 } = view('s0').health ?? {};
    await reload({ ...config, exposeServer: true });
    expect(view('s0').health?.passes).toBeGreaterThanOrEqual(passes);
  });
});
