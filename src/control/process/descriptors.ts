import { readFileSync } from 'node:fs';

/** For listeners, logs, the admin page, names that are looked up, and whatever Node keeps open. */
const OWN = 64;
/** Connections to servers that clients leave room for, where there is much. */
const FOR_SERVERS = 2048;

/** How many descriptors this process may have open; Infinity where the system does not say so in /proc. */
export const mostDescriptors = (): number => {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
};

/**
 * How many clients may be connected, so that those who are can be served: a request needs a second descriptor, for the
 * connection to its server. Where there are few, half of them are left for that.
 */
export const mostClients = (descriptors: number): number => {
  const left = descriptors - OWN;
  return Math.max(1, Math.floor(left - Math.min(left / 2, FOR_SERVERS)));
};
