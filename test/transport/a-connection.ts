import type { Connection, ConnectionOwner } from '../../src/transport/connection.ts';

const nobody: ConnectionOwner = {
  onConnected: () => {},
  onData: () => {},
  onEnd: () => {},
  onDrained: () => {},
  onFailed: () => {},
};

/** A connection without a socket: `closed` tells what happened to it. */
export interface FakeConnection extends Connection {
  isClosed: boolean;
}

/** Makes a connection from 10.0.0.1:1111 to 10.0.0.2:80 that nobody owns. */
export const aConnection = (): FakeConnection => ({
  owner: nobody,
  isEncrypted: false,
  remoteAddress: '10.0.0.1',
  remotePort: 1111,
  localAddress: '10.0.0.2',
  localPort: 80,
  isClosed: false,
  write: () => true,
  readStop: () => {},
  readStart: () => {},
  end: () => {},
  close() {
    this.isClosed = true;
  },
  reset() {
    this.isClosed = true;
  },
});

/** An owner that notes what it hears; bytes are copied, since on accepted connections they do not stay. */
export const aListeningOwner = (): ConnectionOwner & { readonly heard: string[]; text: string } => ({
  heard: [],
  text: '',
  onConnected() {
    this.heard.push('connected');
  },
  onData(bytes, start, end) {
    this.text += bytes.toString('latin1', start, end);
  },
  onEnd() {
    this.heard.push('end');
  },
  onDrained() {
    this.heard.push('drained');
  },
  onFailed(code) {
    this.heard.push(code);
  },
});
