import type { Refusal } from '../core/report.ts';
import type { Millis } from '../core/types.ts';

/** A proxy tells the group of itself so often: four of five may be lost before it is taken for gone. */
export const PRESENCE_EVERY: Millis = 1000;
const BELIEVED_FOR: Millis = 5000;
const MAX_PROXIES = 1024;
const MAX_LENGTH = 512;
const ID = /^[\w-]{1,64}$/;

/** What a proxy says of itself, in the place of a report. */
export const presenceOf = (id: string): string => JSON.stringify({ v: 1, proxy: id });

/** The id in what a proxy says of itself; undefined for a report and for anything else. Never throws. */
export const proxyIn = (json: string): string | undefined => {
  if (json.length > MAX_LENGTH || !json.startsWith('{"v":1,"proxy":')) return undefined;
  try {
    const { proxy } = Object(JSON.parse(json));
    return typeof proxy === 'string' && ID.test(proxy) ? proxy : undefined;
  } catch {
    return undefined;
  }
};

/** The proxies of one group that are alive, as this one hears them. */
export class UdpPresence {
  readonly #id: string;
  /** The others, the longest silent first. */
  readonly #heard = new Map<string, Millis>();

  /** `id`: this proxy's own, which it hears as well. */
  constructor(id: string) {
    this.#id = id;
  }

  /** Notes a proxy. The refusal says that there are too many. */
  hear(id: string, now: Millis): Refusal | undefined {
    if (id === this.#id) return undefined;
    this.#forget(now);
    if (!this.#heard.delete(id) && this.#heard.size + 1 >= MAX_PROXIES)
      return { code: 'full', message: `more than ${MAX_PROXIES} proxies` };
    this.#heard.set(id, now);
    return undefined;
  }

  /** How many were heard in the last five seconds, and this one: 1 to 1,024. */
  count(now: Millis): number {
    this.#forget(now);
    return this.#heard.size + 1;
  }

  #forget(now: Millis): void {
    for (const [id, at] of this.#heard) {
      if (now - at <= BELIEVED_FOR) return;
      this.#heard.delete(id);
    }
  }
}
