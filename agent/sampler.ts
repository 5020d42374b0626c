import os from 'node:os';
import type { Millis, Stats } from '../src/core/types.ts';
import { LoadHighWater } from './load-high-water.ts';
import { cgroupSource } from './sources/cgroup.ts';
import { nodeOsSource } from './sources/node-os.ts';
import { procSource } from './sources/proc.ts';
import { type Read, readUnder, type Source } from './sources/source.ts';
import { systemInformationSource } from './sources/systeminformation.ts';

/** Measures the machine, or the container, that this process runs in. */
export type Sampler = (now: Millis) => Stats;

/** Later sources know better than earlier ones: a container's limit beats the machine, a system's tool beats Node. */
const sourcesHere = (read: Read, cpus: number): readonly Source[] => {
  if (read('/proc/stat') === undefined) return [nodeOsSource(), systemInformationSource()];
  const limits = cgroupSource(read, cpus);
  return limits ? [procSource(read, cpus), limits] : [procSource(read, cpus)];
};

/** `cpuIdle` and `throttled` need two samples; the first has none. `cpus`: cores that this process may run on. */
export const createSampler = ({
  read = readUnder('/'),
  cpus = os.availableParallelism(),
}: {
  readonly read?: Read;
  readonly cpus?: number;
} = {}): Sampler => {
  const sources = sourcesHere(read, cpus);
  const highWater = new LoadHighWater();
  return (now) => {
    const stats: Stats = Object.assign({}, ...sources.map((source) => source(now)));
    return stats.load1 === undefined ? stats : { ...stats, loadHighWater: highWater.see(stats.load1, now) };
  };
};
