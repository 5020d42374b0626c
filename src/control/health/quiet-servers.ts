import type { ServerRecord } from '../../core/server-record.ts';
import { isDown } from '../../core/usable-servers.ts';

/** Servers that are tried at once. With more than two or three times as many, it takes longer until all had their turn. */
const AT_ONCE = 16;

/** Takes turns among servers that nothing is heard of. */
export class QuietServers {
  /** Requests that a server had got when it was looked at last. */
  readonly #seen = new WeakMap<ServerRecord, number>();
  #at = 0;

  /** The next that have got no request since they were looked at last, and have none under way. None that is down. */
  next(servers: readonly ServerRecord[]): readonly ServerRecord[] {
    const found: ServerRecord[] = [];
    for (let looked = 0; looked < servers.length && found.length < AT_ONCE; looked++) {
      const record = servers[this.#at++ % servers.length];
      if (record && this.#isQuiet(record)) found.push(record);
    }
    return found;
  }

  #isQuiet(record: ServerRecord): boolean {
    const before = this.#seen.get(record);
    this.#seen.set(record, record.forwarded);
    return before === record.forwarded && record.inFlight === 0 && !isDown(record);
  }
}
