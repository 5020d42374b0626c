import type { Millis, Stats } from '../src/core/types.ts';
import type { Slots } from './options.ts';
import { Requests } from './requests.ts';

const MAX_CUSTOM = 64;
const NAME = /^[\w.:@/-]{1,128}$/;

/** What only the application knows: its requests, its slots, its own numbers. */
export class Application {
  readonly requests: Requests;
  readonly #slots: number | (() => Slots) | undefined;
  readonly #custom = new Map<string, number>();

  constructor(
    slots: number | (() => Slots) | undefined,
    clock: { readonly now: () => Millis; readonly onChange: () => void },
  ) {
    this.#slots = slots;
    this.requests = new Requests(clock.now, clock.onChange);
  }

  /** Throws TypeError for a name that no proxy would take and for a 65th number. */
  set(name: string, value: number | undefined): void {
    if (!NAME.test(name))
      throw new TypeError(`expected a name of at most 128 plain characters, got ${JSON.stringify(name)}`);
    if (value === undefined || !Number.isFinite(value)) {
      this.#custom.delete(name);
      return;
    }
    if (!this.#custom.has(name) && this.#custom.size >= MAX_CUSTOM)
      throw new TypeError(`${name}: an agent reports at most ${MAX_CUSTOM} numbers`);
    this.#custom.set(name, value);
  }

  /** Throws what the application's own `slots` function throws. */
  stats(): Stats {
    const { counted, inFlight, serviceTime } = this.requests;
    const slots = this.#slotsNow();
    return {
      ...(counted ? { inFlight } : {}),
      ...(Number.isNaN(serviceTime) ? {} : { serviceTime: Math.round(serviceTime * 1000) / 1000 }),
      ...(slots ? { slots } : {}),
      ...(this.#custom.size > 0 ? { custom: Object.fromEntries(this.#custom) } : {}),
    };
  }

  /** True if no more requests fit in, as far as that is known without asking the application. */
  get full(): boolean {
    return typeof this.#slots === 'number' && this.requests.inFlight >= this.#slots;
  }

  #slotsNow(): Slots | undefined {
    if (typeof this.#slots !== 'number') return this.#slots?.();
    return { total: this.#slots, available: Math.max(0, this.#slots - this.requests.inFlight) };
  }
}
