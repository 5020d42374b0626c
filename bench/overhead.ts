/**
 * What a proxy costs: CPU time per request of forehand on both transports, nginx, HAProxy and http-proxy, in five
 * scenarios, side by side. The method is in docs/performance.md. Tables go to standard error; the last line on standard
 * output is one JSON object with the medians.
 */
import { type Cores, pickCores } from './parts/cores.ts';
import { forehand } from './parts/forehand-proxy.ts';
import { needCommands } from './parts/need-commands.ts';
import { mediansOf, overheadReport, type Sample } from './parts/overhead-report.ts';
import { measurePass, type PassOptions } from './parts/pass.ts';
import { haproxy, httpProxy, nginx } from './parts/peer-proxies.ts';
import { probe } from './parts/probe.ts';
import { type ProxyMaker, type RunningProxy, startProxy } from './parts/proxy.ts';
import { readFlags } from './parts/read-flags.ts';
import type { Rig } from './parts/rig.ts';
import { runBench } from './parts/run-bench.ts';
import { SCENARIOS, type Scenario } from './parts/scenarios.ts';
import { startServers } from './parts/servers.ts';

/** By the names that the result uses. */
const PROXIES: Readonly<Record<string, ProxyMaker>> = {
  forehand_raw: forehand('raw'),
  forehand_net: forehand('net'),
  nginx,
  haproxy,
  http_proxy: httpProxy,
};

/** So long is each proxy loaded with each scenario before anything counts: compilers and pools settle. */
const WARM_UP_SECONDS = 2;

const startAll = async (
  rig: Rig,
  names: readonly string[],
  cores: Cores,
): Promise<readonly RunningProxy[]> => {
  const serverPorts = await startServers(rig, cores.others);
  const started: RunningProxy[] = [];
  for (const [name, make] of Object.entries(PROXIES))
    if (names.includes(name))
      started.push(await startProxy(rig, make, { name, serverPorts, core: cores.proxy }));
  return started;
};

/** The same list, begun at another place, so that no proxy is always measured after the same neighbour. */
const rotate = <T>(list: readonly T[], turns: number): readonly T[] => {
  const first = turns % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
};

/** Measures each proxy in each scenario once. */
const measureOnce = async (
  rig: Rig,
  proxies: readonly RunningProxy[],
  scenarios: readonly Scenario[],
  options: PassOptions,
): Promise<readonly Sample[]> => {
  const samples: Sample[] = [];
  for (const scenario of scenarios)
    for (const proxy of proxies) {
      const { cpuPerRequest } = await measurePass(rig, proxy, scenario, options);
      samples.push({ scenario: scenario.name, proxy: proxy.name, cpuPerRequest });
    }
  return samples;
};

await runBench(async (rig) => {
  const flags = readFlags(
    process.argv.slice(2),
    SCENARIOS.map(({ name }) => name),
    Object.keys(PROXIES),
  );
  needCommands('nginx', 'haproxy', 'wrk', 'taskset');
  const cores = pickCores();
  const scenarios = SCENARIOS.filter(({ name }) => flags.only.includes(name));
  const proxies = await startAll(rig, flags.proxies, cores);
  for (const proxy of proxies)
    for (const scenario of scenarios) await probe(proxy.name, proxy.port, scenario);
  console.error('warm-up');
  await measureOnce(rig, proxies, scenarios, { seconds: Math.min(flags.seconds, WARM_UP_SECONDS), cores });
  const samples: Sample[] = [];
  for (let turn = 0; turn < flags.passes; turn++) {
    console.error(`pass ${turn + 1} of ${flags.passes}`);
    const { seconds } = flags;
    samples.push(...(await measureOnce(rig, rotate(proxies, turn), scenarios, { seconds, cores })));
  }
  console.error(`\n${overheadReport(samples)}`);
  return { unit: 'cpu_us_per_request', runs: flags.passes, ...mediansOf(samples) };
});
