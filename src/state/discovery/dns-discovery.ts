import type { DnsSource } from '../../core/dns-source.ts';
import { messageOf } from '../../core/errors.ts';
import type { Millis } from '../../core/types.ts';
import { type After, type DiscoverySource, type Finding, failed, type Trouble } from './finding.ts';
import { NameAddresses } from './name-addresses.ts';
import type { NameServer } from './name-server.ts';
import { type Endpoint, listOf, specAt } from './server-list.ts';
import { ServiceAddresses } from './service-addresses.ts';

/** Shortest time between two questions, whatever an answer says of how long it may be kept. */
const SHORTEST: Millis = 1000;
/** Part by which a waiting time grows at random, so that many proxies do not ask at the same moment. */
const JITTER = 0.1;

export interface DnsParts {
  readonly openNameServer: (server: string | undefined) => NameServer;
  readonly after: After;
  /** 0..1, 1 excluded. */
  readonly random: () => number;
  /** Monotonic. */
  readonly now: () => Millis;
}

export interface DnsDiscoveryOptions extends DnsParts {
  readonly source: DnsSource;
  /** Longest time between two questions. */
  readonly every: Millis;
  /** Address of the DNS server, as `127.0.0.1:8600`; those of the system if undefined. */
  readonly resolver: string | undefined;
  readonly onFinding: (finding: Finding) => void;
}

interface Look {
  readonly endpoints: readonly Endpoint[];
  /** Seconds. */
  readonly ttl: number | undefined;
  readonly trouble: Trouble | undefined;
}

/**
 * Asks DNS for servers, again when an answer has run out: after its TTL (RFC 1035, 3.2.1), at least 1 s and at most
 * `every`; an SRV answer, whose TTL Node does not tell, after `every`. Up to a tenth is added at random. After a
 * trouble it asks again after 1 s, then twice as long each time, at most `every`.
 */
export class DnsDiscovery implements DiscoverySource {
  readonly #options: DnsDiscoveryOptions;
  readonly #look: (server: NameServer) => Promise<Look>;
  #server: NameServer | undefined;
  #troubles = 0;
  #isClosed = false;
  #callOff: () => void = () => undefined;

  constructor(options: DnsDiscoveryOptions) {
    this.#options = options;
    const { source, now } = options;
    if (source.kind === 'srv') {
      const service = new ServiceAddresses(source.name, now);
      this.#look = async (server) => ({ ...(await service.ask(server)), ttl: undefined });
    } else {
      const name = new NameAddresses(source.name);
      this.#look = async (server) => {
        const { addresses, ...rest } = await name.ask(server);
        return { ...rest, endpoints: addresses.map((address) => ({ address, port: source.port })) };
      };
    }
    void this.#round();
  }

  close(): void {
    this.#isClosed = true;
    this.#callOff();
    this.#server?.close();
  }

  async #round(): Promise<void> {
    const { source, after, onFinding } = this.#options;
    const { endpoints, ttl, trouble } = await this.#ask();
    if (this.#isClosed) return;
    this.#troubles = trouble ? this.#troubles + 1 : 0;
    this.#callOff = after(this.#wait(ttl), () => void this.#round());
    const servers = listOf(endpoints.map((endpoint) => specAt(source.scheme, endpoint)));
    onFinding({ servers: servers.length > 0 ? servers : undefined, trouble });
  }

  /** A server is opened for each round: that of the system may be another one by now. */
  async #ask(): Promise<Look> {
    const { resolver, openNameServer } = this.#options;
    try {
      this.#server = openNameServer(resolver);
    } catch (thrown) {
      return { endpoints: [], ttl: undefined, trouble: failed(messageOf(thrown)) };
    }
    const look = await this.#look(this.#server);
    this.#server.close();
    return look;
  }

  #wait(ttl: number | undefined): Millis {
    const { every, random } = this.#options;
    const wish =
      this.#troubles > 0 ? SHORTEST * 2 ** (this.#troubles - 1) : ttl === undefined ? every : ttl * 1000;
    return Math.max(SHORTEST, Math.min(wish, every)) * (1 + JITTER * random());
  }
}
