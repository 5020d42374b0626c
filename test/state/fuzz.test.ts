import dgram from 'node:dgram';
import { Agent, type RequestOptions, request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';
import { decodeReport, encodeReport, isRefusal, type Report } from '../../src/core/report.ts';
import { MAX_RECEIVED_BYTES, readDatagram } from '../../src/state/datagram.ts';
import { HttpReceiver } from '../../src/state/http-receive.ts';
import { MemoryDriver } from '../../src/state/memory.ts';
import { ReplayGuard } from '../../src/state/replay-guard.ts';
import { mayComeFrom } from '../../src/state/tokens.ts';
import { parseUdpAddress } from '../../src/state/udp-address.ts';
import { UdpReceiver } from '../../src/state/udp-receive.ts';
import {
  ALL,
  below,
  Count,
  FAR,
  Fleet,
  HARMLESS,
  HOSTILE,
  isLawful,
  oneOf,
  type Random,
  STRANGER,
  theFuzzBoard,
  theFuzzTokens,
  WEB,
} from './fuzz-cases.ts';
import { type Case, damaged, mutant, nextDatagram, paddedTo, type Scene } from './fuzz-datagrams.ts';
import { aClock, NO_LIMIT } from './support.ts';

/** Messages on each of the ways. `FUZZ_CASES=100000 npx vitest run test/state/fuzz.test.ts` takes half a minute. */
const CASES = Number(process.env['FUZZ_CASES'] ?? 5000);
const PATIENCE = 20_000 + CASES * 3;
const SEED = Number(process.env['FUZZ_SEED'] ?? 4711);
/** Datagrams that may be sent again: those of more than the 30 s in which they are good. */
const KEPT = 2000;
/** Reports without a time that may be sent again: no more restarts of an agent than a board knows the boot ids of. */
const KEPT_BODIES = 200;

const open: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

const aScene = (seed: number) => {
  const clock = aClock();
  const random = seededRandom(seed).next;
  const board = theFuzzBoard();
  const count = new Count(board, () => clock.now());
  const scene: Scene = { random, clock, fleet: new Fleet(random), taken: [] };
  return { clock, random, board, count, scene, keys: new Set<string>() };
};
type Setting = ReturnType<typeof aScene>;

/** Looks at what has become of one message, of which `before` were counted before. */
const judge = (
  { count, keys }: Setting,
  { kind, bytes, verdict }: Case,
  before: number,
  heard: number,
): boolean => {
  const fail = (what: string): never => {
    throw new Error(
      `${kind}: ${what}: ${bytes.toString('latin1').slice(0, 400)} ${JSON.stringify(count.last)}`,
    );
  };
  if (count.total !== before + 1) fail(`counted ${count.total - before} times`);
  const wasTaken = count.taken.length > heard;
  if (verdict === 'taken' && !wasTaken) fail('was refused');
  if (verdict === 'refused' && wasTaken) fail('was taken');
  if (!wasTaken) return false;
  const { report, source } = count.taken.at(-1)!;
  const key = `${report.node} ${report.boot} ${report.seq}`;
  if (keys.has(key)) fail('was taken twice');
  keys.add(key);
  if (!isLawful(report)) fail('is not lawful');
  if (source.pools && report.servers.some(({ pool = '' }) => !source.pools!.has(pool)))
    fail('is for another pool');
  return true;
};

/** What must hold after all of them. */
const settle = ({ count, board, clock }: Setting): void => {
  expect(count.total).toBe(count.taken.length + count.refusals);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(board.pool('api')?.servers.map(({ id }) => id)).toEqual(['http://10.1.0.1:4001']);
  expect(board.pool('api')?.servers[0]?.stats).toBeUndefined();
  board.sweep(clock.now() + 400_000);
  expect(board.nodes()).toEqual([]);
};

const datagramLoop = async (
  setting: Setting,
  cases: number,
  send: (one: Case) => Promise<void>,
): Promise<void> => {
  const { count, scene, clock, board } = setting;
  for (let i = 0; i < cases; i++) {
    clock.turn(below(scene.random, 30));
    const one = nextDatagram(scene);
    const [before, heard] = [count.total, count.taken.length];
    await send(one);
    if (judge(setting, one, before, heard)) scene.taken.push(one.bytes);
    if (scene.taken.length > KEPT) scene.taken.shift();
    if (i % 1000 === 0) board.sweep(clock.now());
  }
};

describe.each([
  ['hostile', HOSTILE, true],
  ['harmless', HARMLESS, false],
])('each of the %s texts', (_, texts, isRefused) => {
  it.each(texts.map((text) => [text.slice(0, 160), text]))(
    `is ${isRefused ? 'refused' : 'taken'}: %j`,
    (_, text) => {
      const report = decodeReport(text);
      const verdict = isRefusal(report)
        ? report
        : theFuzzBoard().hear(report, { address: '', transport: 'memory' }, 0);
      if (isRefused) expect(verdict?.code).not.toMatch(/^(taken|replayed)?$/);
      else expect(verdict).toBeUndefined();
    },
  );
});

describe(`${CASES} forged, replayed, damaged and hostile reports, seed ${SEED}`, () => {
  it('get nowhere on the bare way from datagram to board', { timeout: PATIENCE }, async () => {
    const setting = aScene(SEED);
    const { clock, count } = setting;
    const tokens = theFuzzTokens();
    const guard = new ReplayGuard();
    const take = ({ bytes }: Case): ReturnType<Count['hear']> => {
      if (bytes.length > MAX_RECEIVED_BYTES) return { code: 'too_large', message: '' };
      const datagram = readDatagram(bytes, tokens, clock.epoch());
      if ('code' in datagram) return datagram;
      const { mac = '', grant, json } = datagram;
      if (!grant || !mayComeFrom(grant, '127.0.0.1')) return { code: 'source', message: '' };
      if (guard.has(mac)) return { code: 'replayed', message: '' };
      guard.add(mac, clock.now());
      const report = decodeReport(json);
      if (isRefusal(report)) return report;
      const sent = { at: datagram.sentAt, receivedAt: clock.epoch() };
      const pools = grant.pools ? { pools: grant.pools } : {};
      const before = count.total;
      count.hear(report, { address: '127.0.0.1', transport: 'udp', token: grant.name, sent, ...pools });
      expect(count.total).toBe(before + 1);
      return undefined;
    };
    await datagramLoop(setting, CASES, async (one) => {
      const refusal = take(one);
      if (refusal) count.refused(refusal);
    });
    settle(setting);
  });

  it('get nowhere over udp, also when the receiver was started anew', { timeout: PATIENCE }, async () => {
    const setting = aScene(SEED + 1);
    const { clock, count } = setting;
    const socket = dgram.createSocket('udp4');
    open.push(socket);
    let receiver: UdpReceiver | undefined;
    let port = 0;
    const start = async (): Promise<void> => {
      await receiver?.close();
      const at = parseUdpAddress('udp://127.0.0.1:0');
      receiver = new UdpReceiver({ at, tokens: theFuzzTokens(), clock, rate: NO_LIMIT });
      await receiver.subscribe(count);
      port = Number(new URL(receiver.address!).port);
    };
    let sent = 0;
    await datagramLoop(setting, CASES, async ({ bytes, kind }) => {
      if (sent++ % 1000 === 0) await start();
      const before = count.total;
      socket.send(bytes, port, '127.0.0.1');
      const until = performance.now() + 5000;
      while (count.total === before) {
        if (performance.now() > until) throw new Error(`${kind}: was not counted`);
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    await receiver?.close();
    settle(setting);
    const codes = ['clock', 'malformed', 'not_accepted', 'number', 'replayed', 'signature', 'source'];
    expect([...count.codes.keys()]).toEqual(
      expect.arrayContaining([...codes, 'too_large', 'unknown_pool', 'version']),
    );
  });

  it('get nowhere by POST over one connection', { timeout: PATIENCE }, async () => {
    const setting = aScene(SEED + 2);
    const { clock, count, scene } = setting;
    const tokens = theFuzzTokens();
    const receiver = new HttpReceiver({
      listen: { host: '127.0.0.1', port: 0 },
      tokens,
      clock,
      rate: NO_LIMIT,
    });
    await receiver.subscribe(count);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    open.push(receiver, { close: () => agent.destroy() });
    const post = (authorization: string | undefined, body: Buffer): Promise<number> =>
      new Promise((resolve, reject) => {
        const headers = {
          'content-length': body.length,
          ...(authorization === undefined ? {} : { authorization }),
        };
        const options: RequestOptions = { method: 'POST', agent, headers };
        request(`${receiver.address}/v1/reports`, options, (response) => {
          response.resume().once('end', () => resolve(response.statusCode ?? 0));
        })
          .once('error', reject)
          .end(body);
      });
    for (let i = 0; i < CASES; i++) {
      clock.turn(below(scene.random, 30));
      const { authorization, ...one } = nextPost(scene, i);
      const [before, heard] = [count.total, count.taken.length];
      const status = await post(authorization, one.bytes);
      const wasTaken = judge(setting, one, before, heard);
      if (wasTaken) scene.taken.push(one.bytes);
      if (scene.taken.length > KEPT_BODIES) scene.taken.shift();
      if (wasTaken !== (status === 204)) throw new Error(`${one.kind}: answered ${status}`);
    }
    settle(setting);
  });

  it('get nowhere within a process', { timeout: PATIENCE }, async () => {
    const setting = aScene(SEED + 3);
    const { clock, count, random, scene } = setting;
    const driver = new MemoryDriver({ clock });
    await driver.subscribe(count);
    for (let i = 0; i < CASES; i++) {
      clock.turn(below(random, 30));
      const one = nextBody(scene, i);
      const [before, heard] = [count.total, count.taken.length];
      await driver.publish({ toJSON: () => read(one.bytes) } as unknown as Report).catch(() => undefined);
      if (judge(setting, one, before, heard)) scene.taken.push(one.bytes);
      if (scene.taken.length > KEPT_BODIES) scene.taken.shift();
    }
    settle(setting);
  });
});

const read = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return bytes.toString();
  }
};

/** A report in itself, whoever sends it. */
const nextBody = ({ random, fleet, clock, taken }: Scene, i: number): Case => {
  const make = (kind: string, text: string | Buffer, verdict: Case['verdict']): Case => ({
    kind,
    bytes: Buffer.from(text),
    verdict,
  });
  const dice = random();
  if (dice < 0.1) return make('good', encodeReport(fleet.next(clock.now())), 'taken');
  if (dice < 0.4) return make('mutant', mutant(random, i), 'lawful');
  if (dice < 0.5 && taken.length > 0) return make('taken before', oneOf(random, taken), 'refused');
  const stale = dice < 0.6 ? fleet.stale() : undefined;
  if (stale) return make('past', encodeReport(stale), 'refused');
  if (dice < 0.62) return make('too large', paddedTo(65_536 + below(random, 4000)), 'refused');
  return make('hostile', oneOf(random, HOSTILE), 'refused');
};

const wrongAuthorization = (random: Random): string | undefined =>
  oneOf(random, [
    undefined,
    `Bearer ${STRANGER}`,
    `Bearer ${ALL}x`,
    `Bearer ${ALL.slice(0, -1)}`,
    `Bearer ${ALL.toUpperCase()}`,
    `Bearer ${ALL}, Bearer ${ALL}`,
    `Basic ${Buffer.from(`a:${ALL}`).toString('base64')}`,
    `Bearer "${ALL}"`,
    ALL,
    'Bearer',
    'Bearer undefined',
    `Bearer ${FAR}`,
    `Bearer ${damaged(random, Buffer.from(ALL)).toString('hex')}`,
  ]);

const nextPost = (scene: Scene, i: number): Case & { readonly authorization: string | undefined } => {
  const { random, fleet } = scene;
  const dice = random();
  const bytes = Buffer.from(encodeReport(fleet.sketch()));
  if (dice < 0.2)
    return { kind: 'wrong token', bytes, verdict: 'refused', authorization: wrongAuthorization(random) };
  if (dice < 0.3) {
    const servers = [
      { url: 'http://10.0.0.98:3001', pool: 'web' },
      { url: 'http://10.1.0.1:4001', pool: 'api' },
    ];
    const stray = Buffer.from(encodeReport({ ...fleet.sketch(), node: 'stray', servers }));
    return {
      kind: 'token of another pool',
      bytes: stray,
      verdict: 'refused',
      authorization: `Bearer ${WEB}`,
    };
  }
  return { ...nextBody(scene, i), authorization: `Bearer ${ALL}` };
};
