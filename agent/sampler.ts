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

interface SamplerOptions {
  readonly read: Read;
  /** Cores that this process may run on. */
  readonly cpus: number;
  /** The process whose limits count; this one while it answers undefined. */
  readonly of: (now: Millis) => number | undefined;
}

/** Later sources know better than earlier ones: a container's limit beats the machine, a system's tool beats Node. */
const sourcesHere = ({ read, cpus, of }: SamplerOptions): readonly Source[] =>
  read('/proc/stat') === undefined
    ? [nodeOsSource(), systemInformationSource()]
    : [procSource(read, cpus), cgroupSource(read, cpus, of)];

/** `cpuIdle` and `throttled` need two samples; the first has none. */
export const createSampler = ({
  read = readUnder('/'),
  cpus = os.availableParallelism(),
  of = () => undefined,
}: Partial<SamplerOptions> = {}): Sampler => {
  const sources = sourcesHere({ read, cpus, of });
  const highWater = new LoadHighWater();
  return (now) => {
    const stats: Stats = Object.assign({}, ...sources.map((source) => source(now)));
    return stats.load1 === undefined ? stats : { ...stats, loadHighWater: highWater.see(stats.load1, now) };
  };
};
