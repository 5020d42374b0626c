import { isTrusted } from '../core/accept.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { Connection } from '../transport/connection.ts';
import { readForwarded } from './forwarded.ts';
import { ownLines } from './request-lines.ts';
import type { EngineSettings } from './settings.ts';

/** What follows from the host that a client asks for, and from where it comes. */
export interface HostLines {
  /** Host as it was sent; the address that the client connected to where it sent none. */
  readonly host: string;
  /** Lower case, without port. */
  readonly name: string;
  readonly clientIp: string;
  readonly scheme: 'http' | 'https';
  /** The lines that we add to its requests, up to and with the name of X-Request-Id. */
  readonly lines: Buffer;
  /** The id that a trusted proxy gave the request. */
  readonly requestId: string | undefined;
}

/** Clients come back: what was worked out for one connection serves the next one from the same address. */
const known = new Map<string, HostLines>();
const MOST_KNOWN = 1000;

const nameOf = (host: string): string => host.replace(/:\d*$/, '').toLowerCase();

/** Works out the lines for the requests of one connection; mostly they all ask for the same host. */
export class HostReader {
  readonly #connection: Connection;
  #settings: EngineSettings | undefined = undefined;
  #isTrusted = false;
  #minor = -1;
  #last: HostLines | undefined = undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  read(head: RequestHead, bytes: Buffer, settings: EngineSettings): HostLines {
    if (this.#settings !== settings) this.#take(settings);
    if (this.#isTrusted) return this.#readTrusted(head, bytes, settings);
    if (this.#last && this.#minor === head.minor && this.#isSame(head, bytes, this.#last)) return this.#last;
    this.#minor = head.minor;
    this.#last = this.#find(head, bytes, settings.via);
    return this.#last;
  }

  #find(head: RequestHead, bytes: Buffer, via: boolean): HostLines {
    const host = this.#hostOf(head, bytes);
    const { remoteAddress: clientIp } = this.#connection;
    const scheme = this.#scheme;
    const version = this.#version(head);
    const key = `${version} ${via} ${scheme} ${clientIp} ${host}`;
    const found = known.get(key);
    if (found) return found;
    const text = ownLines({ version, via, forwardedFor: clientIp || 'unknown', scheme, host });
    const lines = Buffer.from(text, 'latin1');
    const made = { host, name: nameOf(host), clientIp, scheme, lines, requestId: undefined };
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, made);
    return made;
  }

  get #scheme(): 'http' | 'https' {
    return this.#connection.isEncrypted ? 'https' : 'http';
  }

  #version({ minor }: RequestHead): string {
    return this.#connection.httpVersion ?? `1.${minor}`;
  }

  #take(settings: EngineSettings): void {
    this.#settings = settings;
    this.#last = undefined;
    this.#isTrusted = isTrusted(this.#connection.remoteAddress, settings.trustedProxies);
  }

  #isSame({ hostStart, hostEnd }: RequestHead, bytes: Buffer, { host }: HostLines): boolean {
    if (host.length !== hostEnd - hostStart) return false;
    for (let i = 0; i < host.length; i++) if (host.charCodeAt(i) !== bytes[hostStart + i]) return false;
    return true;
  }

  #hostOf({ hostStart, hostEnd }: RequestHead, bytes: Buffer): string {
    if (hostEnd > hostStart) return bytes.toString('latin1', hostStart, hostEnd);
    const { localAddress, localPort } = this.#connection;
    if (localAddress === '') return 'localhost';
    return localAddress.includes(':') ? `[${localAddress}]:${localPort}` : `${localAddress}:${localPort}`;
  }

  #readTrusted(head: RequestHead, bytes: Buffer, { trustedProxies, via }: EngineSettings): HostLines {
    const peer = this.#connection.remoteAddress;
    const said = readForwarded(head, bytes, peer, trustedProxies);
    const host = this.#hostOf(head, bytes);
    const scheme = said.scheme ?? this.#scheme;
    const forwardedFor = said.hops === '' ? peer : `${said.hops}, ${peer}`;
    const text = ownLines({
      version: this.#version(head),
      via,
      forwardedFor,
      scheme,
      host: said.host ?? host,
      port: said.port,
    });
    return {
      host,
      name: nameOf(host),
      clientIp: said.clientIp,
      scheme,
      lines: Buffer.from(said.lines + text, 'latin1'),
      requestId: said.requestId,
    };
  }
}

/** Those of a connection that has not asked for anything yet. */
export const NO_LINES: HostLines = {
  host: '',
  name: '',
  clientIp: '',
  scheme: 'http',
  lines: Buffer.alloc(0),
  requestId: undefined,
};
