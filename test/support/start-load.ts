import { onTestFinished } from 'vitest';
import { KeptClient, type Told } from './kept-client.ts';

export interface Load {
  /** Ends it; all that was told, in the order in which it came. */
  stop(): Promise<readonly Told[]>;
  readonly told: readonly Told[];
}

interface LoadFacts {
  readonly clients?: number;
  /** Requests a second, in all; as many as possible if left out. */
  readonly rate?: number;
  /** The n-th request. */
  readonly request?: (n: number) => string;
}

/** Asks without end on several connections at once, until it is stopped. */
export const startLoad = (port: number, { clients = 8, rate, request }: LoadFacts = {}): Load => {
  const told: Told[] = [];
  let isOn = true;
  let sent = 0;
  const begun = performance.now();
  const pace = async (): Promise<void> => {
    const due = rate === undefined ? 0 : begun + (sent * 1000) / rate - performance.now();
    if (due > 0) await new Promise((resolve) => setTimeout(resolve, due));
  };
  const run = async (): Promise<void> => {
    const client = new KeptClient(port);
    while (isOn) {
      await pace();
      if (!isOn) break;
      sent += 1;
      told.push(await client.ask(request?.(sent)));
    }
    client.close();
  };
  const running = Promise.all(Array.from({ length: clients }, run));
  const stop = async (): Promise<readonly Told[]> => {
    isOn = false;
    await running;
    return told;
  };
  onTestFinished(async () => void (await stop()));
  return { stop, told };
};

/** What went wrong, in words; empty if nothing did. */
export const failuresOf = (told: readonly Told[]): readonly string[] =>
  told.filter(({ status }) => status !== 200).map(({ status, text }) => `${status} ${text.slice(0, 60)}`);
