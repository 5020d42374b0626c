import type { Signal } from './candidacy.ts';
import type { Guard } from './chain.ts';
import { messageOf } from './errors.ts';

/**
 * The signal of a user's function behind the rails of that function: what it throws is counted and goes no further,
 * and it rests while the function is bypassed. A server whose memory could not be made has none.
 */
export const guardedSignal = <Memory>(
  signal: Signal<Memory>,
  guard: Guard,
  onFault: (message: string) => void,
): Signal<Memory | undefined> => {
  const railed = <Answer>(call: () => Answer): Answer | undefined => {
    if (guard.bypassed) return undefined;
    guard.enter();
    try {
      return call();
    } catch (thrown) {
      const message = messageOf(thrown);
      guard.fault('throw', message, thrown);
      onFault(message);
      return undefined;
    } finally {
      guard.leave();
    }
  };
  return {
    shared: () => railed(() => signal.shared?.()),
    init: (shared, place) => railed(() => signal.init(shared, place)),
    onBegin: (memory, now) => {
      if (memory !== undefined) railed(() => signal.onBegin?.(memory, now));
    },
    onDone: (memory, outcome, now) =>
      memory !== undefined && railed(() => signal.onDone?.(memory, outcome, now)) === true,
    onReport: (memory, heard, now) =>
      memory !== undefined && railed(() => signal.onReport?.(memory, heard, now)) === true,
    onBack: (memory, now) => {
      if (memory !== undefined) railed(() => signal.onBack?.(memory, now));
    },
    onGone: (memory) => {
      if (memory !== undefined) railed(() => signal.onGone?.(memory));
    },
    state: (memory, now) => (memory === undefined ? undefined : railed(() => signal.state?.(memory, now))),
    whyEjected: (memory, now) =>
      memory === undefined ? undefined : railed(() => signal.whyEjected?.(memory, now)),
  };
};
