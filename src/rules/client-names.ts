import { setTimeout as delay } from 'node:timers/promises';
import { keepNewest } from '../core/keep-newest.ts';
import type { Millis } from '../core/types.ts';

/** The questions to the DNS. They reject, or give nothing, where there is no answer. */
export interface NameQuestions {
  /** The names of an address. */
  reverse(ip: string): Promise<readonly string[]>;
  /** The addresses of a name, of the kind of `ip`. */
  addresses(name: string, ip: string): Promise<readonly string[]>;
}

export interface ClientNamesParts {
  readonly questions: NameQuestions;
  readonly now: () => Millis;
  /** Most time for one client; a second if left out. */
  readonly limit?: Millis;
}

const LIMIT: Millis = 1000;
/** What was found, and what was not, holds so long. The DNS says nothing of its own times here. */
const KEPT: Millis = 300_000;
const KEPT_UNKNOWN: Millis = 60_000;
const MOST_KEPT = 10_000;
/** Clients that are looked up at once; others have no name until they come again. */
const MOST_ASKED = 256;
/** Names of one address that are looked at. */
const MOST_NAMES = 8;

interface Found {
  readonly names: readonly string[];
  readonly until: Millis;
}

/** As rules have them: lower case, without the dot of the root. */
const plain = (name: string): string => name.toLowerCase().replace(/\.$/, '');

/**
 * The host names of clients: those that the DNS gives for the address and that lead back to it, for anybody may write
 * any name for addresses of their own. Kept for some minutes.
 */
export class ClientNames {
  readonly #parts: ClientNamesParts;
  /** In the order in which they were found. */
  readonly #found = new Map<string, Found>();
  readonly #asked = new Map<string, (() => void)[]>();

  constructor(parts: ClientNamesParts) {
    this.#parts = parts;
  }

  /** Names of an address, empty if it has none; undefined if that has to be found out. */
  known(ip: string): readonly string[] | undefined {
    const found = this.#found.get(ip);
    return found && found.until > this.#parts.now() ? found.names : undefined;
  }

  /** Finds out; calls back later, after a second at most. */
  find(ip: string, done: () => void): void {
    const waiting = this.#asked.get(ip);
    if (waiting) waiting.push(done);
    else if (this.#asked.size >= MOST_ASKED) setImmediate(done);
    else {
      this.#asked.set(ip, [done]);
      void this.#ask(ip);
    }
  }

  async #ask(ip: string): Promise<void> {
    const names = await this.#withLimit(this.#confirmed(ip));
    this.#keep(ip, names, names.length > 0 ? KEPT : KEPT_UNKNOWN);
    const waiting = this.#asked.get(ip) ?? [];
    this.#asked.delete(ip);
    for (const done of waiting) done();
  }

  async #withLimit(work: Promise<readonly string[]>): Promise<readonly string[]> {
    const over = new AbortController();
    const late = delay(this.#parts.limit ?? LIMIT, [], over).catch((): readonly string[] => []);
    try {
      return await Promise.race([work, late]);
    } catch {
      return [];
    } finally {
      over.abort();
    }
  }

  async #confirmed(ip: string): Promise<readonly string[]> {
    const { questions } = this.#parts;
    const names = (await questions.reverse(ip)).slice(0, MOST_NAMES);
    const confirmed = await Promise.all(
      names.map(async (name) => {
        const addresses = await questions.addresses(name, ip).catch((): readonly string[] => []);
        return addresses.includes(ip);
      }),
    );
    return names.filter((_, i) => confirmed[i]).map(plain);
  }

  #keep(ip: string, names: readonly string[], time: Millis): void {
    keepNewest(this.#found, ip, { names, until: this.#parts.now() + time }, MOST_KEPT);
  }
}
