import type { Connection, ConnectionOwner } from '../transport/connection.ts';

const nothing = (): void => undefined;

const NOBODY: ConnectionOwner = {
  onConnected: nothing,
  onData: nothing,
  onEnd: nothing,
  onDrained: nothing,
  onFailed: nothing,
};

/** Stands where there is no connection yet, or none could even be asked for. */
export const NO_CONNECTION: Connection = {
  owner: NOBODY,
  isEncrypted: false,
  remoteAddress: '',
  remotePort: 0,
  localAddress: '',
  localPort: 0,
  isClosed: true,
  write: () => false,
  readStart: nothing,
  readStop: nothing,
  end: nothing,
  close: nothing,
  reset: nothing,
};
