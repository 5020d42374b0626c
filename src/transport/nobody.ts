import type { ConnectionOwner } from './connection.ts';

const ignore = (): void => {};

/** The owner of an accepted connection until somebody takes it. Hears nothing and does nothing. */
export const NOBODY: ConnectionOwner = {
  onConnected: ignore,
  onData: ignore,
  onEnd: ignore,
  onDrained: ignore,
  onFailed: ignore,
};
