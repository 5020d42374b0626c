import { url as debuggerUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import type { Heartbeat, WatchedFunction } from './heartbeat.ts';

/** How often the watchdog looks; a pause of the whole process (a stopped machine) counts as one look. */
const LOOK_EVERY_MS = 100;

/**
 * `report`: one line to standard error for each entry that does not return. `kill`: one line of JSON,
 * `{"stuck":"<name>","hash":"<hash>"}`, to the file descriptor, then SIGKILL to this process; for processes that
 * a parent replaces.
 */
export type OnStuck = { readonly kind: 'report' } | { readonly kind: 'kill'; readonly fd: number };

export interface WatchdogParts {
  readonly heartbeat: Heartbeat;
  /** How long one call may take before its function counts as stuck. */
  readonly limitMs?: number;
  readonly onStuck: OnStuck;
  /** The watching thread ended by itself; nothing watches any more. */
  readonly onLost: (why: string) => void;
}

export interface Watchdog {
  close(): Promise<void>;
}

interface Orders {
  readonly words: Int32Array;
  readonly lookEveryMs: number;
  readonly limitMs: number;
  readonly killFd: number | undefined;
}

/**
 * The whole program of the watching thread. Its source text is handed to the thread, so that no file has to be found
 * beside this one: it may use nothing from outside itself, hence 0 and 1 for RUNNING and ENTRIES. It writes synchronously, because the streams of a thread
 * pass through the main thread, which is the one that is stuck.
 */
const watch = (): void => {
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const { writeSync } = process.getBuiltinModule('node:fs');
  const { words, lookEveryMs, limitMs, killFd } = workerData as Orders;
  const known = new Map<number, WatchedFunction>();
  const enough = Math.ceil(limitMs / lookEveryMs);
  let entry = 0;
  let looks = 0;

  const write = (fd: number, line: string): void => {
    try {
      writeSync(fd, line);
    } catch {
      // Nobody reads any more; what follows must happen all the same.
    }
  };
  const stuck = (number: number): void => {
    const { name, hash } = known.get(number) ?? { name: `function ${number}`, hash: '' };
    if (killFd !== undefined) {
      write(killFd, `${JSON.stringify({ stuck: name, hash })}\n`);
      process.kill(process.pid, 'SIGKILL');
    }
    write(
      2,
      `forehand: ${name} has not returned for ${limitMs} ms and holds up everything in this process\n`,
    );
  };
  const look = (): void => {
    const number = Atomics.load(words, 0);
    const now = Atomics.load(words, 1);
    looks = number !== 0 && now === entry ? looks + 1 : 0;
    entry = now;
    if (looks === enough) stuck(number);
  };

  parentPort?.on('message', (watched: WatchedFunction) => known.set(watched.number, watched));
  setInterval(look, lookEveryMs);
};

/**
 * Starts a thread that finds out when a user's function does not return, and names it. The thread does not keep the
 * process alive. While a debugger is attached nothing is killed: somebody who stands at a breakpoint is not a loop.
 */
export const startWatchdog = ({ heartbeat, limitMs = 1000, onStuck, onLost }: WatchdogParts): Watchdog => {
  const killFd = onStuck.kind === 'kill' && debuggerUrl() === undefined ? onStuck.fd : undefined;
  const orders: Orders = { words: heartbeat.words, lookEveryMs: LOOK_EVERY_MS, limitMs, killFd };
  const worker = new Worker(`(${watch.toString()})()`, {
    eval: true,
    name: 'forehand-watchdog',
    workerData: orders,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 },
  });
  worker.on('error', (error) => onLost(error.message));
  worker.unref();
  heartbeat.listen((watched) => worker.postMessage(watched));
  return {
    close: async () => {
      heartbeat.listen(undefined);
      await worker.terminate();
    },
  };
};
