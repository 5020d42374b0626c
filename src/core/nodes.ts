import { ClockOffset } from './clock-offset.ts';
import type { Refusal, Report } from './report.ts';
import type { ReportSource } from './report-source.ts';
import type { Millis } from './types.ts';

/** Most nodes heard at once; more are refused, so that nobody can fill the memory. */
export const MAX_NODES = 10_000;
/** More than an agent is restarted while a report of it may be under way. */
const BOOTS_KEPT = 16;
/** Another agent may speak for a server once the first was silent for so long, or for three of its intervals. */
const HELD_FOR: Millis = 2000;

/** What is known of one agent. */
export interface NodeRecord {
  readonly name: string;
  boot: string;
  seq: number;
  heardAt: Millis;
  /** Moving mean of the time between reports; NaN before the second. */
  every: Millis;
  reports: number;
  source: ReportSource;
  servers: readonly string[];
  /** Boot ids that were replaced: a report with one of them is a replayed one. */
  readonly retired: string[];
  clock: ClockOffset;
  /** Reports in its name that were refused, and the last of them. */
  refused: number;
  lastRefusal: Refusal | undefined;
}

export interface NodeEvent {
  readonly kind: 'node_joined' | 'node_restarted' | 'node_forgotten';
  readonly node: string;
}

/** Silence of an agent after which another one may speak for its servers. */
export const patienceWith = ({ every }: NodeRecord): Millis =>
  Math.max(HELD_FOR, 3 * (Number.isNaN(every) ? 0 : every));

/**
 * Why somebody may not speak in the name of a node: the one who does has another token. The first report of a stranger
 * would make the boot id of the right agent void.
 */
export const nameFault = (known: NodeRecord, { token }: ReportSource, now: Millis): Refusal | undefined => {
  if (known.source.token === token || now - known.heardAt > patienceWith(known)) return undefined;
  return { code: 'taken', message: `node "${known.name}" reports with another token` };
};

const aNode = ({ node: name, boot, seq }: Report, source: ReportSource): NodeRecord => ({
  name,
  boot,
  seq,
  heardAt: Number.NEGATIVE_INFINITY,
  every: Number.NaN,
  reports: 0,
  source,
  servers: [],
  retired: [],
  clock: new ClockOffset(),
  refused: 0,
  lastRefusal: undefined,
});

/** The agents that have been heard, and which of their reports is the newest. */
export class Nodes {
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #onEvent: (event: NodeEvent) => void;

  constructor(onEvent: (event: NodeEvent) => void) {
    this.#onEvent = onEvent;
  }

  get(name: string): NodeRecord | undefined {
    return this.#nodes.get(name);
  }

  list(): readonly NodeRecord[] {
    return [...this.#nodes.values()];
  }

  /** Why a report is not to be taken, as far as its order goes. `known`: the node that it is of, as `get` tells it. */
  orderFault(known: NodeRecord | undefined, { boot, seq }: Report): Refusal | undefined {
    if (!known)
      return this.#nodes.size < MAX_NODES
        ? undefined
        : { code: 'full', message: `more than ${MAX_NODES} nodes` };
    const old = known.boot === boot ? seq <= known.seq : known.retired.includes(boot);
    return old
      ? { code: 'replayed', message: `report ${seq} of boot ${boot} is not newer than what was heard` }
      : undefined;
  }

  /** Notes a report that is taken. Returns when it was made, on our clock: before now by the time it was under way. */
  hear(known: NodeRecord | undefined, report: Report, source: ReportSource, now: Millis): Millis {
    const node = known ?? this.#join(report, source);
    if (node.boot !== report.boot) this.#restart(node);
    const late = source.sent ? node.clock.see(source.sent.at, source.sent.receivedAt) : 0;
    const heardAt = Math.max(node.heardAt, now - late - (source.age ?? 0));
    const gap = heardAt - node.heardAt;
    if (node.reports > 0) node.every = Number.isNaN(node.every) ? gap : node.every + (gap - node.every) / 8;
    node.boot = report.boot;
    node.seq = report.seq;
    node.heardAt = heardAt;
    node.source = source;
    node.servers = report.servers.map(({ url }) => url);
    node.reports += 1;
    return heardAt;
  }

  /** Counts a refused report for the node that it names, if there is one of that name. */
  refuse(name: string | undefined, refusal: Refusal): void {
    const node = this.#nodes.get(name ?? '');
    if (!node) return;
    node.refused += 1;
    node.lastRefusal = refusal;
  }

  /** Forgets the long silent. */
  forget(now: Millis, silence: Millis): void {
    for (const { name, heardAt } of this.#nodes.values()) {
      if (now - heardAt <= silence) continue;
      this.#nodes.delete(name);
      this.#onEvent({ kind: 'node_forgotten', node: name });
    }
  }

  #join(report: Report, source: ReportSource): NodeRecord {
    const node = aNode(report, source);
    this.#nodes.set(node.name, node);
    this.#onEvent({ kind: 'node_joined', node: node.name });
    return node;
  }

  #restart(node: NodeRecord): void {
    node.retired.push(node.boot);
    if (node.retired.length > BOOTS_KEPT) node.retired.shift();
    // It may have moved to a machine with another clock.
    node.clock = new ClockOffset();
    this.#onEvent({ kind: 'node_restarted', node: node.name });
  }
}
