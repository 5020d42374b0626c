import type { AddedHost } from '../../config/completing/added-hosts.ts';
import { locationsOf } from '../../config/planning/plan-hosts.ts';
import type { ConfigSource } from '../../config/read.ts';
import type { HostConfig } from '../../config/schema/schema.ts';
import { hostKey } from '../../config/schema/schema-host-name.ts';
import { shownRules } from '../../config/shown/shown-hosts.ts';
import type { Instance } from '../instance.ts';
import type { HostFault, HostsPart, HostView } from '../views/views.ts';

/** What is to become of one host. */
interface Order {
  /** Lower case. */
  readonly name: string;
  /** What lies over the files from now on; undefined: nothing, and what they say holds again. */
  readonly host: AddedHost | undefined;
  /** Hears why it was refused; undefined: it is at work. */
  readonly done: (fault: string | undefined) => void;
}

/** Most hosts that lie over those of the files. */
const MOST_ADDED = 20_000;

/** The configuration in use. */
type InUse = Pick<Instance, 'model' | 'source' | 'reload'>;

type Added = ReadonlyMap<string, AddedHost>;

const changed = (added: Added, orders: readonly Order[]): Added => {
  const next = new Map(added);
  for (const { name, host } of orders) {
    if (host) next.set(name, host);
    else next.delete(name);
  }
  return next;
};

const viewOf = (host: HostConfig, from: HostView['from']): HostView => ({
  name: host.name,
  aliases: host.aliases,
  default: host.default,
  from,
  locations: locationsOf(host).map(({ rules }) => shownRules(rules)),
});

const unknown = (name: string): HostFault => ({ code: 'unknown', message: `there is no host "${name}"` });
const refused = (message: string): HostFault => ({ code: 'refused', message });

/**
 * Adds, replaces and removes hosts while the proxy runs, by the same way that a changed file takes: checked with all the
 * rest, and put to work as a whole or not at all. What comes while one is put to work goes together after it. They
 * outlive reloads, but not the process.
 */
export class HostsAtRunTime implements HostsPart {
  readonly #instance: InUse;
  #waiting: Order[] = [];
  #isWorking = false;

  constructor(instance: InUse) {
    this.#instance = instance;
  }

  list(): readonly HostView[] {
    const added = this.#added;
    return this.#instance.model.config.hosts.map((host) =>
      viewOf(host, added.get(host.name)?.text === undefined ? 'config' : 'api'),
    );
  }

  /** Adds the host, or replaces the one of this name. `body`: as in the configuration; its own name says nothing. */
  async put(name: string, body: unknown): Promise<HostView | HostFault> {
    const key = name.toLowerCase();
    const fault = hostKey().safeParse(name).error?.issues[0]?.message;
    if (fault !== undefined) return refused(fault);
    if (!this.#added.has(key) && this.#added.size >= MOST_ADDED)
      return refused(`more than ${MOST_ADDED} hosts were added or removed while the proxy runs`);
    const text = JSON.stringify(body, undefined, 2);
    const why = await this.#order(key, { name: key, text });
    if (why !== undefined) return refused(why);
    return this.#view(key) ?? unknown(name);
  }

  /**
   * Takes the host away. One of the files is hidden until it is put back or the process starts anew; one that lay over
   * it leaves that of the files.
   */
  async remove(name: string): Promise<HostView | HostFault> {
    const key = name.toLowerCase();
    const before = this.#view(key);
    if (!before) return unknown(name);
    const hidden = before.from === 'config' ? { name: key, text: undefined } : undefined;
    const why = await this.#order(key, hidden);
    return why === undefined ? before : refused(why);
  }

  get #added(): Added {
    return new Map((this.#instance.source.hosts ?? []).map((host) => [host.name, host]));
  }

  #view(name: string): HostView | undefined {
    return this.list().find((host) => host.name === name);
  }

  #order(name: string, host: AddedHost | undefined): Promise<string | undefined> {
    return new Promise((done) => {
      this.#waiting.push({ name, host, done });
      if (!this.#isWorking) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    try {
      while (this.#waiting.length > 0) {
        // Requests come first.
        await new Promise((resolve) => setImmediate(resolve));
        await this.#put(this.#waiting.splice(0));
      }
    } finally {
      this.#isWorking = false;
    }
  }

  /** All at once; where that does not go, one after the other, so that each hears of its own faults only. */
  async #put(orders: readonly Order[]): Promise<void> {
    const { ok, text } = await this.#reload(orders);
    if (ok || orders.length === 1) for (const { done } of orders) done(ok ? undefined : text);
    else for (const order of orders) await this.#put([order]);
  }

  #reload(orders: readonly Order[]): ReturnType<Instance['reload']> {
    return this.#instance.reload((now: ConfigSource) => {
      const before = new Map((now.hosts ?? []).map((host) => [host.name, host]));
      return { ...now, hosts: [...changed(before, orders).values()] };
    });
  }
}
