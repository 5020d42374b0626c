import type { Millis } from '../src/core/types.ts';
import type { AgentCheckAnswer } from './agent-check.ts';

/** How long an agent that drained waits to be asked once more: HAProxy asks every 2 s unless told otherwise. */
const HAND_BACK: Millis = 5000;
/** Whoever asks from more addresses than that is not waited for. */
const MAX_PEERS = 256;

/**
 * Lets a server leave in two steps. First everybody who asks hears `drain`. HAProxy would keep to that for ever, also
 * when the next agent says `up`, so in the end everybody who heard it hears `ended` once.
 */
export class Leaving {
  readonly #told = new Set<string>();
  #state: 'no' | 'drain' | 'ended' = 'no';
  #allKnow = (): void => undefined;

  /** What to answer instead of `up`; undefined as long as nobody leaves. */
  answer(from: string): AgentCheckAnswer | undefined {
    if (this.#state === 'no') return undefined;
    if (this.#state === 'drain') {
      if (this.#told.size < MAX_PEERS) this.#told.add(from);
      return { state: 'drain' };
    }
    this.#told.delete(from);
    if (this.#told.size === 0) this.#allKnow();
    return { state: 'ended' };
  }

  /** Drains for so long and takes it back. Resolves when everybody knows, 5 s later at most. */
  async leave(drain: Millis): Promise<void> {
    this.#state = 'drain';
    await new Promise((resolve) => setTimeout(resolve, drain));
    this.#state = 'ended';
    if (this.#told.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, HAND_BACK);
      this.#allKnow = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
