import type { Refusal } from '../../core/report.ts';
import type { Millis } from '../../core/types.ts';
import type { Clock } from '../clock.ts';
import type { OwnMessages } from './own-messages.ts';

/** Four signs of life: the fifth second is for the way and for whoever asks. */
const PRESENT_FOR: Millis = 4000;
/** Most proxies of a fleet; more are not counted. */
const MAX_PROXIES = 1024;
const ID = /^[\w.:@/-]{1,128}$/;

interface Other {
  /** When it said so, on its own clock. */
  readonly at: number;
  /** When it was heard, on ours. */
  readonly heardAt: Millis;
  readonly left: boolean;
}

export interface PresenceOptions {
  /** Names this proxy in the fleet: 1 to 128 letters, digits and . : @ / _ - */
  readonly id: string;
  readonly messages: OwnMessages;
  readonly clock: Clock;
}

/** Which proxies are alive. Each says so every second; one that leaves says that too. */
export class Presence {
  readonly #id: string;
  readonly #messages: OwnMessages;
  readonly #clock: Clock;
  readonly #others = new Map<string, Other>();
  /** Since when nobody can be heard, because we are cut off. */
  #deafSince: Millis | undefined;

  constructor({ id, messages, clock }: PresenceOptions) {
    if (!ID.test(id))
      throw new TypeError(
        `proxyId: expected 1 to 128 letters, digits and . : @ / _ -, got ${JSON.stringify(id)}`,
      );
    this.#id = id;
    this.#messages = messages;
    this.#clock = clock;
  }

  /** Proxies alive, this one included. While we are cut off it stays what it was: they are not gone, we are. */
  get count(): number {
    const now = this.#deafSince ?? this.#clock.now();
    const alive = [...this.#others.values()].filter(
      ({ left, heardAt }) => !left && now - heardAt < PRESENT_FOR,
    );
    return Math.min(1 + alive.length, MAX_PROXIES);
  }

  /** What this proxy says of itself. `left`: that it goes. */
  say({ left }: { readonly left: boolean }): string {
    const said = { v: 1, proxy: this.#id, at: this.#clock.epoch() };
    return this.#messages.seal(left ? { ...said, left } : said);
  }

  /** Takes the message of a proxy. `age`: how long ago it was sent. Returns why not, if it is refused. */
  hear(bytes: Buffer, age: Millis = 0): Refusal | undefined {
    const { said, refusal } = this.#messages.open(bytes, { lasting: false });
    if (!said) return refusal;
    const { v, proxy, at, left } = said;
    if (v !== 1 || typeof proxy !== 'string' || !ID.test(proxy) || typeof at !== 'number')
      return { code: 'malformed', message: 'not the sign of life of a proxy' };
    if (proxy === this.#id || at <= (this.#others.get(proxy)?.at ?? Number.NEGATIVE_INFINITY))
      return undefined;
    this.#sweep();
    if (!this.#others.has(proxy) && this.#others.size >= MAX_PROXIES)
      return { code: 'full', message: `more than ${MAX_PROXIES} proxies` };
    this.#others.set(proxy, { at, heardAt: this.#clock.now() - age, left: left === true });
    return undefined;
  }

  /** Nobody can be heard from now on. */
  cutOff(): void {
    this.#deafSince ??= this.#clock.now();
  }

  /** They can be heard again. Everybody gets as much time to speak as was left before. */
  backAgain(): void {
    const missed = this.#clock.now() - (this.#deafSince ?? this.#clock.now());
    this.#deafSince = undefined;
    for (const [id, other] of this.#others)
      this.#others.set(id, { ...other, heardAt: other.heardAt + missed });
  }

  /** Forgets those that were silent for a minute: until then an old message of theirs is known as old. */
  #sweep(): void {
    const now = this.#clock.now();
    for (const [id, { heardAt }] of this.#others) if (now - heardAt > 60_000) this.#others.delete(id);
  }
}
