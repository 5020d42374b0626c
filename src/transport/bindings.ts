import net from 'node:net';

/** What `getpeername` and `getsockname` fill in. */
export interface Endpoint {
  address: string;
  port: number;
}

/** A write under way. libuv owns one from the moment a write does not finish at once until `oncomplete`. */
export interface WriteRequest {
  /** Kept here so that they outlive the write: libuv sees only their address. */
  bytes?: Uint8Array;
  oncomplete?: (status: number) => void;
}

/** A wish to send FIN. */
export type ShutdownRequest = object;

/** A connection attempt under way. */
export interface ConnectRequest {
  oncomplete?: (status: number) => void;
}

/**
 * A TCP socket or pipe of libuv as Node wraps it. Functions that return a number return 0 or a negative system error.
 * A pipe lacks those that are optional.
 */
export interface StreamHandle {
  /** Called with the count or error in `streamBaseState`. What it returns would become the next buffer. */
  onread: () => undefined;
  /** Received bytes go here from now on. The handle keeps no reference: somebody else has to. */
  useUserBuffer(bytes: Uint8Array): void;
  readStart(): number;
  readStop(): number;
  /** Whether the write goes on behind our back is in `streamBaseState`; then the bytes must be kept referenced. */
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
  shutdown(request: ShutdownRequest): number;
  close(): void;
  reset?(): number;
  setNoDelay?(on: boolean): number;
  getpeername?(out: Endpoint): number;
  getsockname?(out: Endpoint): number;
}

/** A handle that listens. */
export interface ListenHandle extends StreamHandle {
  onconnection: (status: number, accepted: StreamHandle | undefined) => void;
  listen(backlog: number): number;
}

interface TcpHandle extends ListenHandle {
  open(fd: number): number;
  bind(host: string, port: number): number;
  bind6(host: string, port: number, flags: number): number;
  connect(request: ConnectRequest, host: string, port: number): number;
  connect6(request: ConnectRequest, host: string, port: number): number;
}

interface PipeHandle extends ListenHandle {
  bind(path: string): number;
  /** Some versions of Node return nothing and tell errors by `oncomplete` only. */
  connect(request: ConnectRequest, path: string): number | undefined;
}

interface HandleKinds {
  readonly SOCKET: number;
  readonly SERVER: number;
}

interface TcpBinding {
  readonly TCP: new (kind: number) => TcpHandle;
  readonly TCPConnectWrap: new () => ConnectRequest;
  readonly constants: HandleKinds;
}

interface PipeBinding {
  readonly Pipe: new (kind: number) => PipeHandle;
  readonly PipeConnectWrap: new () => ConnectRequest;
  readonly constants: HandleKinds;
}

interface StreamBinding {
  readonly WriteWrap: new () => WriteRequest;
  readonly ShutdownWrap: new () => ShutdownRequest;
  /** What the last read or write of any stream of this thread had to say, at the indices that follow. */
  readonly streamBaseState: Int32Array;
  readonly kReadBytesOrError: number;
  readonly kLastWriteWasAsync: number;
}

/** The parts inside Node that move bytes under `node:net`. Undocumented, and the same from Node 20 to 26. */
export interface Bindings {
  readonly tcp: TcpBinding;
  readonly pipe: PipeBinding;
  readonly stream: StreamBinding;
  /** A handle on a socket that somebody else bound, of the kind that the socket is. */
  openHeld(fd: number): ListenHandle | number;
}

/**
 * Calls `process.binding`, which warns (DEP0111) with --pending-deprecation. That warning is for people who can do
 * something about it, so it is not printed. Undefined where this Node has no such binding or forbids it.
 */
const bindingOf = (name: string): unknown => {
  const settings = process as { noDeprecation?: boolean };
  const before = Object.getOwnPropertyDescriptor(settings, 'noDeprecation');
  try {
    settings.noDeprecation = true;
    return (process as unknown as { binding(name: string): unknown }).binding(name);
  } catch {
    return undefined;
  } finally {
    if (before) Object.defineProperty(settings, 'noDeprecation', before);
    else delete settings.noDeprecation;
  }
};

const has = (binding: unknown, functions: readonly string[], values: readonly string[]): boolean => {
  if (typeof binding !== 'object' || binding === null) return false;
  const parts = new Map(Object.entries(binding));
  return (
    functions.every((name) => typeof parts.get(name) === 'function') &&
    values.every((name) => parts.get(name) !== undefined)
  );
};

type OpenHandle = (
  address: undefined,
  port: undefined,
  family: undefined,
  fd: number,
) => ListenHandle | number;

/** Exported by `node:net` for Node's own cluster module; knows a TCP socket from a unix socket. */
const openHandle = (net as unknown as { readonly _createServerHandle?: OpenHandle })._createServerHandle;

/** The bindings of this Node, or undefined where anything that we need of them is missing. Never throws. */
export const loadBindings = (): Bindings | undefined => {
  const tcp = bindingOf('tcp_wrap');
  const pipe = bindingOf('pipe_wrap');
  const stream = bindingOf('stream_wrap');
  const isWhole =
    has(tcp, ['TCP', 'TCPConnectWrap'], ['constants']) &&
    has(pipe, ['Pipe', 'PipeConnectWrap'], ['constants']) &&
    has(
      stream,
      ['WriteWrap', 'ShutdownWrap'],
      ['streamBaseState', 'kReadBytesOrError', 'kLastWriteWasAsync'],
    );
  if (!isWhole || typeof openHandle !== 'function') return undefined;
  return {
    tcp: tcp as TcpBinding,
    pipe: pipe as PipeBinding,
    stream: stream as StreamBinding,
    openHeld: (fd) => openHandle(undefined, undefined, undefined, fd),
  };
};
