import type { Bindings, ConnectRequest, StreamHandle } from './bindings.ts';
import {
  type Connection,
  type ConnectionOwner,
  HEADROOM,
  type Listener,
  type ListenOptions,
  type ListenTarget,
  type SocketAddress,
  type Transport,
} from './connection.ts';
import { NOBODY } from './nobody.ts';
import { RawConnection } from './raw-connection.ts';
import { listenRaw } from './raw-listen.ts';
import { RawStreams } from './raw-streams.ts';
import { RECEIVE_BYTES } from './receive-bytes.ts';

/**
 * Moves bytes over Node's own TCP and pipe handles, below `node:net`: no streams, no events, no object for a write.
 */
export class RawTransport implements Transport {
  readonly name = 'raw';
  readonly #bindings: Bindings;
  readonly #streams: RawStreams;

  constructor(bindings: Bindings) {
    this.#bindings = bindings;
    this.#streams = new RawStreams(bindings);
  }

  connect(address: SocketAddress, owner: ConnectionOwner): Connection {
    return address.kind === 'unix'
      ? this.#connectPipe(address.path, owner)
      : this.#connectTcp(address.host, address.port, owner);
  }

  async listen(
    target: ListenTarget,
    options: ListenOptions,
    accept: (connection: Connection) => void,
  ): Promise<Listener> {
    return listenRaw(this.#bindings, target, options, (handle) => {
      const connection = new RawConnection(this.#streams, handle, NOBODY);
      accept(connection);
      connection.begin();
    });
  }

  #connectTcp(host: string, port: number, owner: ConnectionOwner): Connection {
    const { TCP, TCPConnectWrap, constants } = this.#bindings.tcp;
    const handle = new TCP(constants.SOCKET);
    const request = new TCPConnectWrap();
    return this.#attempt(handle, request, owner, () =>
      host.includes(':') ? handle.connect6(request, host, port) : handle.connect(request, host, port),
    );
  }

  #connectPipe(path: string, owner: ConnectionOwner): Connection {
    const { Pipe, PipeConnectWrap, constants } = this.#bindings.pipe;
    const handle = new Pipe(constants.SOCKET);
    const request = new PipeConnectWrap();
    return this.#attempt(handle, request, owner, () => handle.connect(request, path) ?? 0);
  }

  #attempt(
    handle: StreamHandle,
    request: ConnectRequest,
    owner: ConnectionOwner,
    start: () => number,
  ): Connection {
    const buffer = { bytes: Buffer.allocUnsafeSlow(HEADROOM + RECEIVE_BYTES), from: HEADROOM };
    const connection = new RawConnection(this.#streams, handle, owner, buffer);
    request.oncomplete = (status) => connection.onAttempted(status);
    const status = start();
    if (status !== 0) connection.failLater(status);
    return connection;
  }
}
