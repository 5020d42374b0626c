import { setTimeout as wait } from 'node:timers/promises';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** When a live view ends. */
export interface LiveEnd {
  readonly signal: AbortSignal;
  /** Ends it now. */
  end(): void;
  /** Hears no more signals; call it in the end. */
  release(): void;
}

/** Ends with a signal to this process, when nobody reads its output any more, or after `forMs`. */
export const liveEnd = (forMs?: number): LiveEnd => {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  for (const name of SIGNALS) process.once(name, end);
  process.stdout.on('error', end);
  const limit = forMs === undefined ? undefined : setTimeout(end, forMs);
  const release = (): void => {
    for (const name of SIGNALS) process.off(name, end);
    clearTimeout(limit);
    // The error of an output that is gone may come after the last line: that one stays heard.
  };
  return { signal: controller.signal, end, release };
};

/** Does `step` every `everyMs`, first when that time is over, one at a time, until `signal`. Rejects as `step` does. */
export const repeat = async (
  everyMs: number,
  signal: AbortSignal,
  step: () => Promise<void>,
): Promise<void> => {
  let rest = everyMs;
  for (;;) {
    await wait(rest, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const begun = performance.now();
    await step();
    rest = Math.max(0, everyMs - (performance.now() - begun));
  }
};
