import { isRefusedLoad } from '../../core/orca.ts';
import type { Refusal } from '../../core/report.ts';
import type { Millis, Server, Stats } from '../../core/types.ts';
import type { LoadReports } from '../load-reports.ts';
import { RELAY_EVERY_MS } from './load-relay.ts';

/** What a server has said of its load with an answer, by its number. */
export interface HeardLoad {
  readonly number: number;
  /** Ms since it said so, when the message was made. */
  readonly age: Millis;
  readonly stats: Stats;
}

/** What servers have said of their load to one worker since it last told. */
export interface LoadNews {
  /** Of each server the newest. */
  readonly heard: readonly HeardLoad[];
  /** How many reports of a server were refused, and why the last one was. */
  readonly refused: readonly {
    readonly number: number;
    readonly times: number;
    readonly refusal: Refusal;
  }[];
}

/** Finds out what a worker has to tell. It has not more to say than there are servers. */
export class LoadTeller {
  readonly #reports: LoadReports;
  readonly #now: () => Millis;
  /** When each server last spoke, as it was told, how many refusals were, and when that was told. */
  readonly #told = new WeakMap<
    Server,
    { readonly at: Millis; readonly refusals: number; readonly toldAt: Millis }
  >();

  constructor(reports: LoadReports, now: () => Millis) {
    this.#reports = reports;
    this.#now = now;
  }

  /** What came since it was last told, of each server not more often than RELAY_EVERY_MS; undefined for nothing. */
  news(
    servers: Iterable<readonly [number: number, server: Server, ...rest: unknown[]]>,
  ): LoadNews | undefined {
    const now = this.#now();
    const heard: HeardLoad[] = [];
    const refused: LoadNews['refused'][number][] = [];
    for (const [number, server] of servers) {
      const last = this.#reports.last(server);
      const told = this.#told.get(server);
      if (!last || last.at === told?.at || now - (told?.toldAt ?? -RELAY_EVERY_MS) < RELAY_EVERY_MS) continue;
      const { result, at, refusals, refusal } = last;
      const times = refusals - (told?.refusals ?? 0);
      this.#told.set(server, { at, refusals, toldAt: now });
      if (refusal && times > 0) refused.push({ number, times, refusal });
      if (!isRefusedLoad(result)) heard.push({ number, age: now - at, stats: result });
    }
    return heard.length + refused.length === 0 ? undefined : { heard, refused };
  }
}

/** Where servers are found by their numbers; undefined for one that has left. */
interface Numbered {
  record(number: number): Server | undefined;
}

/** Takes what another process has heard. */
export const takeLoad = (
  { heard, refused = [] }: Pick<LoadNews, 'heard'> & Partial<LoadNews>,
  servers: Numbered,
  reports: LoadReports,
  now: Millis,
): void => {
  for (const { number, age, stats } of heard) {
    const server = servers.record(number);
    if (server) reports.take(server, stats, now - age);
  }
  for (const { number, times, refusal } of refused) {
    const server = servers.record(number);
    if (server) reports.refuse(server, refusal, times);
  }
};
