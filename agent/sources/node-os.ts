import os from 'node:os';
import type { Stats } from '../../src/core/types.ts';
import { known, rounded, Share, type Source } from './source.ts';

/** What Node itself tells on any system. `system` is handed in by tests. */
export const nodeOsSource = (
  system: Pick<typeof os, 'cpus' | 'loadavg' | 'totalmem' | 'freemem' | 'platform'> = os,
): Source => {
  const busy = new Share();
  return (now) => {
    const cores = system.cpus();
    let idle = 0;
    let total = 0;
    for (const { times } of cores) {
      idle += times.idle;
      total += times.user + times.nice + times.sys + times.idle + times.irq;
    }
    const busyShare = busy.see(total - idle, total, now);
    return known<Stats>({
      // Windows has no load average; Node shows zeros there.
      load1: system.platform() === 'win32' ? undefined : rounded(system.loadavg()[0]),
      cpuIdle: busyShare === undefined ? undefined : rounded(1 - busyShare),
      cpus: cores.length > 0 ? cores.length : undefined,
      memoryTotal: system.totalmem(),
      memoryAvailable: system.freemem(),
    });
  };
};
