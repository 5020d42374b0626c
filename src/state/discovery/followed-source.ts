import type { ServerSpec } from '../../core/server-spec.ts';
import type { DiscoverySource, Finding, Trouble } from './finding.ts';
import { changeBetween, countOf } from './server-list.ts';

/** What happened to a source, for the event log. */
export interface DiscoveryEvent {
  readonly kind: 'discovery_changed' | 'discovery_failed' | 'discovery_empty' | 'discovery_recovered';
  readonly pool: string;
  /** Names pool and source; without secrets. */
  readonly message: string;
  readonly level: 'info' | 'warn' | 'error';
}

export interface FollowedSourceOptions {
  readonly pool: string;
  /** For people, and the same for the same place: `dns web.internal:3000`, `file /etc/forehand/web.json`. */
  readonly name: string;
  /** All that it was set up with: a source with other settings is another one. */
  readonly settings: string;
  /** What a source of the same name had found before this one. */
  readonly servers: readonly ServerSpec[];
  readonly open: (onFinding: (finding: Finding) => void) => DiscoverySource;
  readonly tell: (event: DiscoveryEvent) => void;
  /** Its servers are others than before. */
  readonly onChange: () => void;
  /** Ms since 1970. */
  readonly epoch: () => number;
}

/**
 * One source of a pool and the servers that it named last. They stay while it fails or names none: nothing that goes
 * wrong outside empties a pool. A trouble is told when it comes, when it becomes another one, and when it is over.
 */
export class FollowedSource {
  readonly pool: string;
  readonly name: string;
  readonly settings: string;
  /** Settles once it has found something or failed, or is stopped. */
  readonly answered: Promise<void>;
  servers: readonly ServerSpec[];
  /** When it was last well, ms since 1970. */
  lastAt: number | undefined;
  readonly #options: FollowedSourceOptions;
  readonly #source: DiscoverySource;
  readonly #told = new Set<string>();
  #trouble: Trouble | undefined;
  #settle: () => void = () => undefined;
  #isStopped = false;

  constructor(options: FollowedSourceOptions) {
    const { pool, name, settings, servers, open } = options;
    this.#options = options;
    this.pool = pool;
    this.name = name;
    this.settings = settings;
    this.servers = servers;
    this.answered = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#source = open((finding) => this.#take(finding));
  }

  get fault(): string | undefined {
    return this.#trouble?.message;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Looks no more. What it found stays readable. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#source.close();
    this.#settle();
  }

  #take({ servers, trouble }: Finding): void {
    if (this.#isStopped) return;
    const change = servers && changeBetween(this.servers, servers);
    if (servers && change !== undefined) this.servers = servers;
    if (trouble) this.#troubled(trouble);
    else this.#well();
    if (change !== undefined) {
      this.#tell('discovery_changed', change, 'info');
      this.#options.onChange();
    }
    this.#settle();
  }

  #troubled(trouble: Trouble): void {
    this.#trouble = trouble;
    if (this.#told.has(trouble.key)) return;
    // Only a file can say ever new things, one for each time that somebody writes it.
    if (this.#told.size >= 16) this.#told.clear();
    this.#told.add(trouble.key);
    const hasServers = this.servers.length > 0;
    const result = hasServers ? `it stays at ${countOf(this.servers)}` : 'it has given no server yet';
    const level = hasServers || trouble.kind === 'empty' ? 'warn' : 'error';
    this.#tell(`discovery_${trouble.kind}`, `${trouble.message}; ${result}`, level);
  }

  #well(): void {
    this.lastAt = this.#options.epoch();
    if (this.#trouble) this.#tell('discovery_recovered', 'it is well again', 'info');
    this.#trouble = undefined;
    this.#told.clear();
  }

  #tell(kind: DiscoveryEvent['kind'], message: string, level: DiscoveryEvent['level']): void {
    this.#options.tell({
      kind,
      pool: this.pool,
      message: `pool "${this.pool}": ${this.name}: ${message}`,
      level,
    });
  }
}
