import { MAX_SERVERS } from '../../core/pool-servers.ts';
import type { Millis } from '../../core/types.ts';
import { empty, failed, type Trouble } from './finding.ts';
import { NameAddresses } from './name-addresses.ts';
import type { NameServer, ServiceRecord } from './name-server.ts';
import type { Endpoint } from './server-list.ts';

/** Hosts that are asked for at the same time. */
const AT_ONCE = 16;
/** Longest time for the hosts of one service. What has not been asked by then keeps its addresses of before. */
const HOSTS_LIMIT: Millis = 15_000;

/** Where a service is served, as far as one knows. */
export interface Endpoints {
  readonly endpoints: readonly Endpoint[];
  readonly trouble: Trouble | undefined;
}

/** Only the records of the lowest priority (RFC 2782), in a stable order. */
const preferred = (records: readonly ServiceRecord[]): readonly ServiceRecord[] => {
  const usable = records.filter(({ name, port }) => name !== '' && name !== '.' && port > 0);
  const lowest = usable.reduce((least, { priority }) => Math.min(least, priority), Number.POSITIVE_INFINITY);
  return usable
    .filter(({ priority }) => priority === lowest)
    .sort((a, b) => (a.name === b.name ? a.port - b.port : a.name < b.name ? -1 : 1))
    .slice(0, MAX_SERVERS);
};

/**
 * The endpoints of one SRV name: each host of its records in both families, under the port of the record. Weights are
 * not looked at: how much a server gets is the chain's business. What the service, or one of its hosts, said last is
 * kept while it cannot be asked or names nothing.
 */
export class ServiceAddresses {
  readonly #name: string;
  readonly #now: () => Millis;
  #hosts: ReadonlyMap<string, NameAddresses> = new Map();
  #kept: readonly Endpoint[] = [];

  constructor(name: string, now: () => Millis) {
    this.#name = name;
    this.#now = now;
  }

  async ask(server: NameServer): Promise<Endpoints> {
    const answer = await server.services(this.#name);
    if (answer.kind !== 'found')
      return this.#keep(answer.kind === 'none' ? empty(answer.why) : failed(answer.why));
    const records = preferred(answer.records);
    if (records.length === 0) return this.#keep(empty('its records say that nobody serves it'));
    this.#hosts = new Map(
      records.map(({ name }) => [name, this.#hosts.get(name) ?? new NameAddresses(name)]),
    );
    const troubles = await this.#askHosts(server);
    const endpoints = this.#endpointsOf(records);
    const trouble = troubles[0] && this.#joined(troubles[0], troubles.length, endpoints);
    if (endpoints.length === 0) return this.#keep(trouble ?? empty('its hosts have no addresses'));
    this.#kept = endpoints;
    return { endpoints, trouble };
  }

  #keep(trouble: Trouble): Endpoints {
    return { endpoints: this.#kept, trouble };
  }

  /** One trouble for those of all hosts. It is `empty` only if nothing at all is left. */
  #joined(first: Trouble, count: number, endpoints: readonly Endpoint[]): Trouble {
    const message = count > 1 ? `${first.message}, and ${count - 1} more of its hosts` : first.message;
    return endpoints.length === 0 && first.kind === 'empty' ? empty(message) : failed(message);
  }

  async #askHosts(server: NameServer): Promise<readonly Trouble[]> {
    const until = this.#now() + HOSTS_LIMIT;
    const hosts = this.#hosts.entries();
    const troubles: Trouble[] = [];
    const work = async (): Promise<void> => {
      for (const [name, host] of hosts) {
        const isLate = this.#now() >= until;
        const trouble = isLate ? failed('not asked in time') : (await host.ask(server)).trouble;
        if (trouble) troubles.push({ ...trouble, message: `host ${name}: ${trouble.message}` });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return troubles;
  }

  /** At most one more than a pool holds, so that whoever counts them sees that they are too many. */
  #endpointsOf(records: readonly ServiceRecord[]): readonly Endpoint[] {
    const endpoints: Endpoint[] = [];
    for (const { name, port } of records)
      for (const address of this.#hosts.get(name)?.known ?? []) {
        endpoints.push({ address, port });
        if (endpoints.length > MAX_SERVERS) return endpoints;
      }
    return endpoints;
  }
}
