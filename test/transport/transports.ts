import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBindings } from '../../src/transport/bindings.ts';
import type {
  Connection,
  ConnectionOwner,
  Listener,
  ListenTarget,
  SocketAddress,
  Transport,
} from '../../src/transport/connection.ts';
import { netTransport } from '../../src/transport/net.ts';
import { RawTransport } from '../../src/transport/raw.ts';
import { eventually } from '../support/eventually.ts';

const bindings = loadBindings();
if (!bindings) throw new Error('this Node does not give out its socket handles');

/** Every suite runs over all of them. */
export const TRANSPORTS: readonly Transport[] = [new RawTransport(bindings), netTransport];

export const LOOPBACK: SocketAddress = { kind: 'tcp', host: '127.0.0.1', port: 0 };

/** An owner that keeps what it hears. Words: connected, data, end, drained, and codes of failures. */
export class Recorder implements ConnectionOwner {
  readonly heard: string[] = [];
  readonly pieces: Buffer[] = [];
  /** Where the bytes of the last `onData` stood. */
  lastStart = -1;
  lastBytes: Buffer = Buffer.alloc(0);
  /** Called after each event with its word. */
  react: (word: string) => void = () => {};

  onConnected(): void {
    this.#hear('connected');
  }
  onData(bytes: Buffer, start: number, end: number): void {
    this.pieces.push(Buffer.from(bytes.subarray(start, end)));
    this.lastStart = start;
    this.lastBytes = bytes;
    this.#hear('data');
  }
  onEnd(): void {
    this.#hear('end');
  }
  onDrained(): void {
    this.#hear('drained');
  }
  onFailed(code: string): void {
    this.#hear(code);
  }

  get received(): Buffer {
    return Buffer.concat(this.pieces);
  }
  get text(): string {
    return this.received.toString('latin1');
  }
  get length(): number {
    return this.pieces.reduce((sum, piece) => sum + piece.length, 0);
  }
  hears(word: string): Promise<void> {
    return eventually(() => this.heard.includes(word), `${word} is heard (so far: ${this.heard.slice(-5)})`);
  }
  has(text: string): Promise<void> {
    return eventually(() => this.text === text, `${text} is received (so far: ${this.text})`);
  }

  #hear(word: string): void {
    this.heard.push(word);
    this.react(word);
  }
}

/** Both ends of a connection. */
export interface Pair {
  readonly client: Connection;
  readonly server: Connection;
  readonly clientHears: Recorder;
  readonly serverHears: Recorder;
}

/** Opens listeners and connections, and closes them all at the end of a test. */
export class Bench {
  readonly #transport: Transport;
  readonly #open: { close(): void }[] = [];
  readonly #folders: string[] = [];

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async listen(
    accept: (connection: Connection) => void,
    target: ListenTarget = LOOPBACK,
  ): Promise<[Listener, SocketAddress]> {
    const listener = await this.#transport.listen(target, { backlog: 511 }, (connection) => {
      this.#open.push(connection);
      accept(connection);
    });
    this.#open.push(listener);
    return [listener, addressOf(listener)];
  }

  connect(address: SocketAddress, owner: ConnectionOwner): Connection {
    const connection = this.#transport.connect(address, owner);
    this.#open.push(connection);
    return connection;
  }

  async pair(target: ListenTarget = LOOPBACK, at?: SocketAddress): Promise<Pair> {
    const [clientHears, serverHears] = [new Recorder(), new Recorder()];
    const accepted: Connection[] = [];
    const [listener, address] = await this.listen((connection) => {
      connection.owner = serverHears;
      accepted.push(connection);
    }, target);
    const client = this.connect(at ?? address, clientHears);
    await clientHears.hears('connected');
    await eventually(() => accepted.length === 1, 'the connection is accepted');
    listener.close();
    return { client, server: accepted[0]!, clientHears, serverHears };
  }

  /** Passes bytes over another connection and back, so that what was under way before has had its turn. */
  async roundTrip(): Promise<void> {
    for (let i = 0; i < 2; i++) {
      const { client, server, clientHears, serverHears } = await this.pair();
      client.write(Buffer.from('over'));
      await serverHears.has('over');
      server.write(Buffer.from('back'));
      await clientHears.has('back');
    }
  }

  socketPath(): string {
    const folder = mkdtempSync(join(tmpdir(), 'forehand-test-'));
    this.#folders.push(folder);
    return join(folder, 's.sock');
  }

  close(): void {
    for (const one of this.#open.splice(0)) one.close();
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true });
  }
}

export const addressOf = (listener: Listener): SocketAddress => {
  if (listener.address.startsWith('unix:')) return { kind: 'unix', path: listener.address.slice(5) };
  const colon = listener.address.lastIndexOf(':');
  return {
    kind: 'tcp',
    host: listener.address.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(listener.address.slice(colon + 1)),
  };
};

/** Bytes that differ from place to place, the same in every run. */
export const someBytes = (length: number, seed = 1): Buffer => {
  const bytes = Buffer.allocUnsafe(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    bytes[i] = state >>> 16;
  }
  return bytes;
};
