/**
 * What the choices of a proxy are worth: eight servers of unlike speed under an open load, behind forehand with the
 * chain `full`, and behind HAProxy and nginx with their two best ways to choose, by turns. The last line on standard
 * output is one JSON object: by arm the median over the passes of p50, p99 and p999 in ms, all errors, and the share of
 * requests that each server got.
 */
import { parseArgs } from 'node:util';
import { table } from '../src/cli/table.ts';
import { Draws } from '../src/simulator/draws.ts';
import { forehand } from './parts/forehand-proxy.ts';
import { median } from './parts/median.ts';
import { needCommands } from './parts/need-commands.ts';
import { openLoop } from './parts/open-loop.ts';
import { haproxyBy, nginxBy } from './parts/peer-proxies.ts';
import { type ProxyMaker, type RunningProxy, startProxy } from './parts/proxy.ts';
import { among, positive } from './parts/read-flags.ts';
import { runBench } from './parts/run-bench.ts';
import { type Disturbance, VirtualServers } from './parts/virtual-servers.ts';

const ROUTES = [{ pool: 'web', chain: 'full', probe: { perRequest: 1 } }];
const ARMS: Readonly<Record<string, ProxyMaker>> = {
  forehand: forehand('raw', { routes: ROUTES }),
  haproxy_leastconn: haproxyBy('leastconn'),
  haproxy_random2: haproxyBy('random(2)'),
  nginx_least_conn: nginxBy('zone pool 256k; least_conn;'),
  nginx_random_two: nginxBy('zone pool 256k; random two least_conn;'),
};

const MEAN_WORK_MS = 100;
const WARM_UP_SECONDS = 10;
const DISTURBANCES: readonly Disturbance[] = ['antagonists', 'calm', 'failing'];

interface Flags {
  readonly disturbance: Disturbance;
  readonly passes: number;
  readonly seconds: number;
  /** Of capacity. */
  readonly load: number;
  readonly arms: readonly string[];
}

const readChoiceFlags = (args: readonly string[]): Flags => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean' },
      scenario: text,
      passes: text,
      seconds: text,
      load: text,
      arms: text,
    },
  });
  const { scenario = 'antagonists' } = values;
  const disturbance = DISTURBANCES.find((one) => one === scenario);
  if (!disturbance) throw new Error(`--scenario is one of ${DISTURBANCES.join(', ')}, not ${scenario}`);
  const load = Number(values.load ?? 0.75);
  if (!(load > 0 && load < 1)) throw new Error(`--load is between 0 and 1, not ${values.load}`);
  return {
    disturbance,
    load,
    passes: positive('passes', values.passes, 3),
    seconds: positive('seconds', values.seconds, 40),
    arms: among('arms', values.arms, Object.keys(ARMS)),
  };
};

interface Sample {
  readonly arm: string;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly requests: number;
  readonly errors: number;
  readonly served: readonly number[];
}

/** One pass of one arm. The seed is that of the pass, so that all arms get the same requests. */
const measure = async (
  servers: VirtualServers,
  { name: arm, port }: RunningProxy,
  { disturbance, seconds, load }: Flags,
  pass: number,
): Promise<Sample> => {
  const rate = load * VirtualServers.capacity(disturbance, MEAN_WORK_MS);
  const calmDown = await servers.disturb(disturbance);
  const draws = new Draws(7919 * (pass + 1));
  const warmUpSeconds = WARM_UP_SECONDS;
  const { times, errors } = await openLoop({
    port,
    rate,
    seconds,
    warmUpSeconds,
    meanWork: MEAN_WORK_MS,
    draws,
  });
  calmDown();
  const at = (quantile: number): number =>
    times[Math.min(times.length - 1, Math.floor(quantile * times.length))] ?? Number.NaN;
  const requests = times.length;
  const served = await servers.served();
  const sample = { arm, p50: at(0.5), p99: at(0.99), p999: at(0.999), requests, errors, served };
  console.error(
    `${arm.padEnd(18)} p50 ${sample.p50.toFixed(0)}  p99 ${sample.p99.toFixed(0)}  p99.9 ${sample.p999.toFixed(0)}  errors ${errors} of ${requests}`,
  );
  return sample;
};

interface ArmResult {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly errors: number;
  readonly requests: number;
  readonly share: Readonly<Record<string, number>>;
}

const resultOf = (samples: readonly Sample[]): ArmResult => {
  const sum = (of: (sample: Sample) => number): number => samples.reduce((all, one) => all + of(one), 0);
  const all = sum(({ served }) => served.reduce((total, count) => total + count, 0));
  const middle = (key: 'p50' | 'p99' | 'p999'): number =>
    Number(median(samples.map((one) => one[key])).toFixed(1));
  const share = (samples[0]?.served ?? []).map((_, i): [string, number] => [
    `s${i}`,
    Number((sum(({ served }) => served[i] ?? 0) / all).toFixed(4)),
  ]);
  return {
    p50: middle('p50'),
    p99: middle('p99'),
    p999: middle('p999'),
    errors: sum(({ errors }) => errors),
    requests: sum(({ requests }) => requests),
    share: Object.fromEntries(share),
  };
};

const report = (results: Readonly<Record<string, ArmResult>>): string =>
  table([
    ['arm', 'p50', 'p99', 'p99.9', 'errors', 'share by server'],
    ...Object.entries(results).map(([arm, { p50, p99, p999, errors, requests, share }]) => [
      arm,
      ...[p50, p99, p999].map((ms) => ms.toFixed(0)),
      `${errors} of ${requests}`,
      Object.values(share)
        .map((part) => `${(100 * part).toFixed(1)}%`)
        .join(' '),
    ]),
  ]);

await runBench(async (rig) => {
  const flags = readChoiceFlags(process.argv.slice(2));
  needCommands('nginx', 'haproxy');
  const servers = await VirtualServers.start(rig);
  const proxies: RunningProxy[] = [];
  for (const name of flags.arms) {
    const make = ARMS[name];
    if (make) proxies.push(await startProxy(rig, make, { name, serverPorts: servers.ports }));
  }
  const samples: Sample[] = [];
  for (let pass = 0; pass < flags.passes; pass++)
    for (const proxy of proxies) samples.push(await measure(servers, proxy, flags, pass));
  const results = Object.fromEntries(
    flags.arms.map((arm) => [arm, resultOf(samples.filter((sample) => sample.arm === arm))]),
  );
  console.error(`\n${flags.disturbance} at ${flags.load}\n${report(results)}`);
  return results;
});
