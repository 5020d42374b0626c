import type { Millis } from '../../core/types.ts';
import { hearSigns, type Sign } from './signs.ts';

/** Of one server no more is told than one sign in so long. */
const SPACING: Millis = 250;
/** Servers of which something waits to be told; more are left out until those are told. */
const MOST_HELD = 4096;

const keyOf = ({ pool, server }: Sign): string => JSON.stringify([pool, server]);

/** Tells another process of signs: at once, and of the same server again only a little later. The last one is told. */
export class SignTeller {
  readonly #tell: (signs: readonly Sign[]) => void;
  readonly #now: () => Millis;
  readonly #held = new Map<string, Sign>();
  /** Of those that were told lately. */
  readonly #toldAt = new Map<string, Millis>();
  #timer: NodeJS.Timeout | undefined = undefined;
  #timerAt: Millis = Number.POSITIVE_INFINITY;

  constructor(tell: (signs: readonly Sign[]) => void, now: () => Millis) {
    this.#tell = tell;
    this.#now = now;
  }

  hear(sign: Sign): void {
    const key = keyOf(sign);
    if (this.#held.size >= MOST_HELD && !this.#held.has(key)) return;
    this.#held.set(key, sign);
    this.#plan(this.#dueAt(key));
  }

  #dueAt(key: string): Millis {
    return (this.#toldAt.get(key) ?? Number.NEGATIVE_INFINITY) + SPACING;
  }

  #plan(at: Millis): void {
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#flush(), Math.max(0, at - this.#now())).unref();
  }

  #flush(): void {
    const now = this.#now();
    this.#timerAt = Number.POSITIVE_INFINITY;
    for (const [key, at] of this.#toldAt) if (now - at >= SPACING) this.#toldAt.delete(key);
    const due: Sign[] = [];
    for (const [key, sign] of this.#held) {
      if (this.#dueAt(key) > now) continue;
      this.#held.delete(key);
      this.#toldAt.set(key, now);
      due.push(sign);
    }
    const left = [...this.#held.keys()].map((key) => this.#dueAt(key));
    if (left.length > 0) this.#plan(Math.min(...left));
    if (due.length > 0) this.#tell(due);
  }
}

/** Tells control of what happens to the connections of a worker's data plane. */
export const tellSigns = (
  plane: Parameters<typeof hearSigns>[0],
  board: Parameters<typeof hearSigns>[1],
  send: (message: { readonly kind: 'signs'; readonly signs: readonly Sign[] }) => void,
  now: () => Millis,
): void => {
  const teller = new SignTeller((signs) => send({ kind: 'signs', signs }), now);
  hearSigns(plane, board, (sign) => teller.hear(sign));
};
