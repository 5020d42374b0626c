import type { ConnectionEvent } from '../../proxy/settings.ts';
import type { Log } from './log.ts';
import type { Trace } from './trace.ts';

/** Happens at every request, and is told at the next level only. */
const OFTEN: ReadonlySet<ConnectionEvent['kind']> = new Set(['reused', 'validated']);
/** Servers whose faults are remembered. Agents may announce ever others. */
const MOST_KNOWN = 10_000;

/** Codes of TLS have several words, those of the system one; EPROTO is what Node says of a peer that speaks no TLS. */
const isTlsFault = (code: string): boolean => code.includes('_') || code === 'EPROTO';

/**
 * Tells of the connections to servers: the log from the level debug on, and from trace on of every use too; the class
 * `pool` of the trace of all. What keeps TLS from a server is a mistake of people, and is a warning: once, until it works.
 */
export class ConnectionLog {
  readonly #log: Log;
  readonly #trace: Trace;
  readonly #logsSome: boolean;
  readonly #logsAll: boolean;
  /** The last fault of each server, until a connection to it is made. */
  readonly #faults = new Map<string, string>();

  constructor(log: Log, trace: Trace) {
    this.#log = log;
    this.#trace = trace;
    this.#logsAll = log.level === 'trace';
    this.#logsSome = this.#logsAll || log.level === 'debug';
  }

  /** Somebody wants to know of every use of a connection. */
  get hearsUse(): boolean {
    return this.#logsAll || this.#trace.enabled('pool');
  }

  hear({ kind, pool, server, detail }: ConnectionEvent): void {
    const fields = detail === '' ? { pool, server } : { pool, server, detail };
    if (kind === 'failed' || kind === 'opened') this.#noteFault(`${pool} ${server}`, fields);
    const message = `connection ${kind}`;
    if (this.#trace.enabled('pool')) this.#trace.say('pool', message, fields);
    else if (OFTEN.has(kind) ? this.#logsAll : this.#logsSome) this.#log.debug(message, fields);
  }

  #noteFault(server: string, fields: { readonly detail?: string }): void {
    const { detail = '' } = fields;
    if (!isTlsFault(detail)) {
      if (detail === '') this.#faults.delete(server);
      return;
    }
    if (this.#faults.get(server) === detail) return;
    if (this.#faults.size >= MOST_KNOWN) this.#faults.clear();
    this.#faults.set(server, detail);
    this.#log.warn('no TLS with a server', fields);
  }
}
