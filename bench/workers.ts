/**
 * What a second worker brings: CPU time per request and requests per second of forehand with one worker and with two,
 * on cores that client and servers share with them. The last line on standard output is one JSON object.
 */
import { forehand, transportOfEnvironment } from './parts/forehand-proxy.ts';
import { median } from './parts/median.ts';
import { needCommands } from './parts/need-commands.ts';
import { measurePass, type Pass } from './parts/pass.ts';
import { probe } from './parts/probe.ts';
import { type RunningProxy, startProxy } from './parts/proxy.ts';
import { readFlags } from './parts/read-flags.ts';
import type { Rig } from './parts/rig.ts';
import { runBench } from './parts/run-bench.ts';
import { GET_1K } from './parts/scenarios.ts';
import { startServers } from './parts/servers.ts';

const WORKERS = [1, 2];

const startAll = async (rig: Rig): Promise<readonly RunningProxy[]> => {
  const serverPorts = await startServers(rig);
  const started: RunningProxy[] = [];
  for (const workers of WORKERS) {
    const make = forehand(transportOfEnvironment(), { workers });
    started.push(await startProxy(rig, make, { name: `workers${workers}`, serverPorts }));
  }
  return started;
};

const summary = (passes: readonly Pass[]): object => ({
  cpu_us: Number(median(passes.map(({ cpuPerRequest }) => cpuPerRequest)).toFixed(2)),
  rps: Math.round(median(passes.map(({ requestsPerSecond }) => requestsPerSecond))),
});

await runBench(async (rig) => {
  const flags = readFlags(process.argv.slice(2));
  needCommands('nginx', 'wrk');
  const proxies = await startAll(rig);
  for (const { name, port } of proxies) await probe(name, port, GET_1K);
  console.error('warm-up');
  for (const proxy of proxies) await measurePass(rig, proxy, GET_1K, flags);
  const taken = new Map(proxies.map(({ name }) => [name, [] as Pass[]]));
  for (let turn = 1; turn <= flags.passes; turn++) {
    console.error(`pass ${turn} of ${flags.passes}`);
    for (const proxy of proxies) taken.get(proxy.name)?.push(await measurePass(rig, proxy, GET_1K, flags));
  }
  return Object.fromEntries([...taken].map(([name, passes]) => [name, summary(passes)]));
});
