import { afterEach, expect, it } from 'vitest';
import { Refusals } from '../../../src/control/events/refusals.ts';
import { Receivers, subscriberOf } from '../../../src/control/fleet/receivers.ts';
import { Instance } from '../../../src/control/instance.ts';
import { type Log, silentLog } from '../../../src/control/logs/log.ts';
import { Trace, type TraceClass } from '../../../src/control/logs/trace.ts';
import { processClock } from '../../../src/control/run-clock.ts';
import { encodeReport } from '../../../src/core/report.ts';
import { Heartbeat } from '../../../src/script/heartbeat.ts';
import { REPORTS_PATH } from '../../../src/state/http-protocol.ts';
import { readText, withPool } from '../../config/support.ts';
import { aBoard, aReport } from '../../core/support.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const aTrace = (...names: readonly TraceClass[]) => {
  const said: { readonly message: string; readonly fields: object | undefined }[] = [];
  const info = (message: string, fields?: object): void => void said.push({ message, fields });
  const log: Log = { ...silentLog, info };
  return { trace: new Trace(log, () => 0, names), said };
};

const anInstance = async (trace: Trace): Promise<Instance> => {
  const pools = { web: { servers: ['http://127.0.0.1:3001'], chain: ['byAge', 'byInFlight'] } };
  const instance = await Instance.start({
    source: { value: { pools }, baseDirectory: '.' },
    env: {},
    log: silentLog,
    trace,
    clock: processClock,
    seed: 1,
    watch: false,
    heartbeat: new Heartbeat(),
  });
  ends.push(() => instance.close());
  return instance;
};

it('traces what each configuration comes to, and not one that is refused', async () => {
  const { trace, said } = aTrace('config');
  const instance = await anInstance(trace);
  expect(said).toEqual([
    { message: 'pool web', fields: { trace: 'config', servers: ['127.0.0.1:3001'], accept: 0 } },
    {
      message: 'chain web',
      fields: { trace: 'config', pool: 'web', links: ['byAge', 'byInFlight'], whenEmpty: 'undo' },
    },
    { message: 'route */', fields: expect.objectContaining({ trace: 'config', chain: 'web' }) },
  ]);
  await instance.reload({ value: { pools: {} } });
  expect(said).toHaveLength(3);
  await instance.reload();
  expect(said).toHaveLength(6);
});

it('traces reports, taken and refused, with the reason', async () => {
  const { trace, said } = aTrace('reports');
  const receivers = new Receivers();
  ends.push(() => receivers.close());
  const { board } = aBoard(['a']);
  const { config } = await readText(withPool('agents: { listen: "http://127.0.0.1:0", rate: 100 }'));
  const { now, wallClock } = processClock;
  const subscriber = subscriberOf({ board, refusals: new Refusals(), trace, now, wallClock });
  const places = [{ url: 'http://127.0.0.1:0', fd: undefined }];
  await receivers.start(places, { config, board, subscriber });
  const [where] = receivers.health();
  const origin = /http:\/\/[\w.:]+/.exec(where?.detail ?? '')?.[0] ?? '';
  const send = (body: string): Promise<Response> =>
    fetch(origin + REPORTS_PATH, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  await send(encodeReport(aReport(['a'])));
  await send(encodeReport(aReport(['a'])));
  await send('{"v":1\n');
  expect(said.map(({ message }) => message)).toEqual(['report taken', 'report refused', 'report refused']);
  expect(said.map(({ fields }) => fields)).toMatchObject([
    { trace: 'reports', from: 'http 127.0.0.1', node: 'n1', seq: 1, servers: ['http://10.0.0.1:80'] },
    { code: 'replayed', why: expect.stringContaining('not newer') },
    { code: 'malformed' },
  ]);
  trace.set([]);
  await send('nonsense');
  expect(said).toHaveLength(3);
});
