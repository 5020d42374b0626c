import type { PoolConfig } from '../config/schema/schema.ts';
import { addressOf } from '../core/accept.ts';
import type { Server } from '../core/types.ts';
import { connectBehindHeader } from '../transport/connect-behind-header.ts';
import type { Connection, ConnectionOwner, SocketAddress, Transport } from '../transport/connection.ts';
import { ownProxyHeader, proxyHeader } from '../transport/proxy-protocol-write.ts';
import { type Connect, tlsConnector } from '../transport/tls-connect.ts';
import type { ConnectionEnds } from '../transport/tls-proxy-header.ts';

/** The part of a configuration that says how connections to servers are made. */
export interface ConnectingConfig {
  readonly pools: Readonly<Record<string, Pick<PoolConfig, 'tls' | 'proxyProtocol'>>>;
}

/** How connections to one server are made. */
interface Way {
  /** What the configuration says of it, as text. */
  readonly text: string | undefined;
  readonly connect: Connect;
  readonly header: 1 | 2 | undefined;
}

const HEADER_VERSIONS = { v1: 1, v2: 2 } as const;

/** What is asked for and verified; a dot at the end of a name is no part of it there (RFC 6066, 3). */
const nameOf = (url: URL): string => addressOf(url).replace(/\.$/, '');

const headerFor = (version: 1 | 2, client: ConnectionEnds | undefined): Buffer => {
  if (!client) return ownProxyHeader(version);
  const { remoteAddress, remotePort, localAddress, localPort } = client;
  const source = { address: remoteAddress, port: remotePort };
  return proxyHeader(version, source, { address: localAddress, port: localPort });
};

/** Connects to servers: by TLS where their URL says https, behind a PROXY header where their pool says so. */
export class ServerConnector {
  readonly #transport: Transport;
  readonly #ways = new WeakMap<Server, Way>();
  #pools: ConnectingConfig['pools'] = {};
  /** What is said of each pool's connections, to be compared. */
  #texts: ReadonlyMap<string, string> = new Map();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** What is connected from now on is connected as this configuration says. */
  take({ pools }: ConnectingConfig): void {
    const texts = Object.entries(pools).map(([name, { tls, proxyProtocol }]) => {
      const text = JSON.stringify([tls, proxyProtocol]);
      const before = this.#texts.get(name);
      // The very same text is compared without being read, and there may be whole bundles of certificates in it.
      return [name, before === text ? before : text] as const;
    });
    this.#pools = pools;
    this.#texts = new Map(texts);
  }

  /** Connections to this server were made in another way than they would be now. */
  hasChanged(server: Server): boolean {
    const way = this.#ways.get(server);
    return way !== undefined && way.text !== this.#texts.get(server.pool);
  }

  /** `client`: who it is for, which a PROXY header tells; undefined for one that is made ahead of its use. */
  connect(
    server: Server,
    address: SocketAddress,
    owner: ConnectionOwner,
    client: ConnectionEnds | undefined,
  ): Connection {
    const { connect, header } = this.#wayTo(server);
    return connect(address, owner, header && headerFor(header, client));
  }

  #wayTo(server: Server): Way {
    const text = this.#texts.get(server.pool);
    const known = this.#ways.get(server);
    if (known && known.text === text) return known;
    const { proxyProtocol } = this.#pools[server.pool] ?? {};
    const header = proxyProtocol && HEADER_VERSIONS[proxyProtocol];
    const way = { text, connect: this.#connectorTo(server), header };
    this.#ways.set(server, way);
    return way;
  }

  #connectorTo({ pool, url }: Server): Connect {
    const transport = this.#transport;
    if (url.protocol !== 'https:')
      return (address, owner, header) =>
        header ? connectBehindHeader(transport, address, header, owner) : transport.connect(address, owner);
    return tlsConnector({ servername: nameOf(url), ...this.#pools[pool]?.tls });
  }
}
