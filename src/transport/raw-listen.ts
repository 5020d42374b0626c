import { getSystemErrorName } from 'node:util';
import { addressText, plainAddress, targetText } from './address-text.ts';
import type { Bindings, ListenHandle, StreamHandle } from './bindings.ts';
import type { Listener, ListenOptions, ListenTarget } from './connection.ts';

const failure = (status: number, target: ListenTarget): Error => {
  const code = getSystemErrorName(status);
  return Object.assign(new Error(`listen ${code}: ${targetText(target)}`), { code, syscall: 'listen' });
};

const bindTo = (bindings: Bindings, target: ListenTarget): ListenHandle | number => {
  if (target.kind === 'held') return bindings.openHeld(target.fd);
  if (target.kind === 'unix') {
    const pipe = new bindings.pipe.Pipe(bindings.pipe.constants.SERVER);
    return closedUnless(pipe.bind(target.path), pipe);
  }
  const tcp = new bindings.tcp.TCP(bindings.tcp.constants.SERVER);
  const isV6 = target.host.includes(':');
  return closedUnless(
    isV6 ? tcp.bind6(target.host, target.port, 0) : tcp.bind(target.host, target.port),
    tcp,
  );
};

const closedUnless = (status: number, handle: ListenHandle): ListenHandle | number => {
  if (status === 0) return handle;
  handle.close();
  return status;
};

const listenedAt = (handle: ListenHandle, target: ListenTarget): string => {
  if (target.kind === 'unix') return `unix:${target.path}`;
  const endpoint = { address: '', port: 0 };
  handle.getsockname?.(endpoint);
  return addressText(plainAddress(endpoint.address ?? ''), endpoint.port);
};

/**
 * Listens on a handle of its own, without `node:net`. Throws the system's error.
 *
 * When descriptors run out, libuv accepts and closes who waits, by means of one that it keeps back for that, and says
 * nothing. So nobody waits for long and nothing spins; but who may connect to servers then is a matter of luck, so
 * whoever owns the connections has to stay below the limit.
 */
export const listenRaw = (
  bindings: Bindings,
  target: ListenTarget,
  options: ListenOptions,
  onAccepted: (handle: StreamHandle) => void,
): Listener => {
  const bound = bindTo(bindings, target);
  if (typeof bound === 'number') throw failure(bound, target);
  const shared = target.kind === 'held' ? target.shared : undefined;
  if (shared) shared.adopt = (handle) => onAccepted(handle as StreamHandle);
  bound.onconnection = (status, accepted) => {
    if (status !== 0 || !accepted) return;
    const other = shared?.other();
    if (other) other(accepted);
    else onAccepted(accepted);
  };
  const status = bound.listen(options.backlog);
  if (status !== 0) {
    bound.close();
    throw failure(status, target);
  }
  return { address: listenedAt(bound, target), close: () => bound.close() };
};
