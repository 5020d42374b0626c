import type { Millis } from '../../src/core/types.ts';
import type { Tree } from './source.ts';

/** Listening sockets come first in /proc/net/tcp; a line has 150 bytes, so this holds 1,700 of them. */
const MAX_TABLE_BYTES = 262_144;
/** A server opens its listening socket early, so its number is low. */
const MAX_FILES_PER_PROCESS = 64;
/** Links read in one search, 2 to 3 us each. */
const MAX_LINKS = 20_000;
const MAX_PIDS = 64;
/** Time between two searches that find nothing: short at first, while the application may still be starting. */
const FIRST_RETRY: Millis = 1000;
const PERIOD: Millis = 30_000;
/** A search follows all links of all processes, 10 to 40 ms; that the known ones still hold is a few links. */
const SEARCH_PERIOD: Millis = 600_000;
/** A process that ends is noticed so late. */
const GONE_PERIOD: Millis = 1000;
/** Programs that hold the port of a container on its host and only pass connections on. */
const FORWARDERS: ReadonlySet<string> = new Set(['docker-proxy', 'rootlessport', 'pasta', 'slirp4netns']);

/** The sockets that listen on one of these ports, as inodes, from the text of /proc/net/tcp or tcp6 (proc_net(5)). */
export const parseListeners = (text: string, ports: ReadonlySet<number>): readonly string[] =>
  text.split('\n').flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/ +/);
    const port = Number.parseInt(local?.split(':')[1] ?? '', 16);
    return state === '0A' && ports.has(port) && inode !== undefined && /^[1-9]\d*$/.test(inode)
      ? [inode]
      : [];
  });

const processesOf = (tree: Tree): readonly number[] =>
  tree.list('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));

/** A process and the listening socket that it was found by. */
interface Holder {
  readonly pid: number;
  readonly file: string;
  readonly socket: string;
}

/** The processes that hold one of these files, at most 64. */
const holdersOf = (tree: Tree, sockets: ReadonlySet<string>): readonly Holder[] => {
  const holders: Holder[] = [];
  let left = MAX_LINKS;
  const look = (pid: number): Holder | undefined => {
    const names = [...tree.list(`/proc/${pid}/fd`)].sort((a, b) => Number(a) - Number(b));
    for (const name of names.slice(0, MAX_FILES_PER_PROCESS)) {
      if (left <= 0) return undefined;
      left -= 1;
      const file = `/proc/${pid}/fd/${name}`;
      const socket = tree.link(file);
      if (socket !== undefined && sockets.has(socket)) return { pid, file, socket };
    }
    return undefined;
  };
  // Applications have started after the system's own processes.
  for (const pid of processesOf(tree).toReversed()) {
    if (left <= 0 || holders.length >= MAX_PIDS) break;
    const holder = look(pid);
    if (holder) holders.push(holder);
  }
  return holders;
};

/** Those processes and all that they started and these again, at most 64. Forks of other threads than the main one are not seen. */
export const withDescendants = (tree: Tree, pids: readonly number[]): readonly number[] => {
  const found = new Set(pids);
  for (const pid of found) {
    const children = tree.read(`/proc/${pid}/task/${pid}/children`) ?? '';
    for (const child of children.split(' '))
      if (/^\d+$/.test(child) && found.size < MAX_PIDS) found.add(Number(child));
  }
  return [...found];
};

/** pid 1 may hold sockets for others (systemd); in a container it may be the application itself. */
const applicationsOf = (tree: Tree, holders: readonly Holder[]): readonly Holder[] => {
  const own = holders.filter(({ pid }) => !FORWARDERS.has((tree.read(`/proc/${pid}/comm`) ?? '').trim()));
  return own.length > 1 ? own.filter(({ pid }) => pid !== 1) : own;
};

const search = (tree: Tree, ports: ReadonlySet<number>): readonly Holder[] => {
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) =>
    parseListeners(tree.head(path, MAX_TABLE_BYTES) ?? '', ports),
  );
  if (inodes.length === 0) return [];
  return applicationsOf(tree, holdersOf(tree, new Set(inodes.map((inode) => `socket:[${inode}]`))));
};

/**
 * Finds the processes that listen on these ports of this machine (network namespace), with those that they started.
 * Looks every 30 s whether they still do, and within a second when one is gone; after a search that found nothing
 * again after 2 s, 4 s and so on up to 30 s. None are found where the files of others may not be read: the agent then
 * has to run as the same user or root.
 */
export const listenersOn = (tree: Tree, ports: readonly number[]): ((now: Millis) => readonly number[]) => {
  const wanted = new Set(ports);
  let holders: readonly Holder[] = [];
  let pids: readonly number[] = [];
  let [nextAt, searchAt, checkAt] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  let wait = FIRST_RETRY;
  const areGone = (now: Millis): boolean => {
    if (now < checkAt) return false;
    checkAt = now + GONE_PERIOD;
    return holders.some(({ file, socket }) => tree.link(file) !== socket);
  };
  const searchAgain = (now: Millis): void => {
    holders = search(tree, wanted);
    searchAt = now + SEARCH_PERIOD;
    wait = holders.length > 0 ? FIRST_RETRY : Math.min(PERIOD, wait * 2);
  };
  return (now) => {
    const gone = areGone(now);
    if (now < nextAt && !gone) return pids;
    if (gone || holders.length === 0 || now >= searchAt) searchAgain(now);
    pids = withDescendants(
      tree,
      holders.map(({ pid }) => pid),
    );
    nextAt = now + (holders.length > 0 ? PERIOD : wait);
    return pids;
  };
};
