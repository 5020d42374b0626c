import type { FaultKind } from '../../core/chain.ts';
import type { Refusal, RefusalCode } from '../../core/report.ts';
import type { HandState, ToldState } from '../../core/server-spec.ts';
import type { ServerState, Stats } from '../../core/types.ts';
import type { TraceClass } from '../logs/trace.ts';
import type { HealthView } from './health-view.ts';

export type {
  DecisionView,
  ExplainAnswer,
  ExplainQuestion,
  KeptDecisions,
  KeptKind,
  NotableDecision,
  RecentDecision,
} from '../decisions/decision-views.ts';
export type { ShadowView } from '../shadow/shadow-views.ts';
export type { AdminParts, HostFault, HostsPart } from './admin-parts.ts';
export type { HealthView } from './health-view.ts';
export type { HostView, PoolView, RouteView } from './pool-view.ts';
export type { TrafficSecond, TrafficView } from './traffic-view.ts';

/** The JSON shapes of the admin API. The page and the command line read these and nothing else. */

/** One server. The reported numbers stand at the top level too, so that a script can say `.load1`. */
export type ServerView = Omit<Stats, 'inFlight' | 'arriba'> & {
  readonly id: string;
  readonly url: string;
  readonly pool: string;
  readonly state: ServerState;
  readonly tags: readonly string[];
  readonly self: boolean;
  readonly node: string | null;
  /** Epoch ms on this proxy's clock; null if never heard of. */
  readonly heardAt: number | null;
  readonly ageMs: number | null;
  /** Who sent the last report: `http 10.0.0.7`, `redis agents`; `orca` where numbers come with answers alone. */
  readonly source: string | null;
  readonly stats: Stats | null;
  readonly arriba: number | null;
  /** Requests under way through this proxy. */
  readonly inFlight: number;
  /** Connections that this proxy has to it, and requests that wait for one; null where nobody counts them. */
  readonly connections: { readonly open: number; readonly idle: number; readonly waiting: number } | null;
  readonly reportedInFlight: number | null;
  /** Time to the first byte, moving mean, ms. */
  readonly latencyMs: number | null;
  readonly responseTimeMs: number | null;
  readonly forwarded: number;
  /** Failures in a row. */
  readonly failures: number;
  /** Reports that named it and were refused. */
  readonly refused: number;
  /** 1 is as usual: what was set by hand times what its agent-check said. */
  readonly weight: number;
  /** Set by hand; null where nothing is. */
  readonly hand: HandState | null;
  /** What its agent-check said last; null where none is asked or none has answered. */
  readonly told: ToldState | null;
  /** Part of the pool's requests of the last ten seconds, 0..1. */
  readonly share: number;
  /** Why it is in this state when that is not `ready`. */
  readonly reason: string | null;
  /** What checks have found; null where nobody checks it. */
  readonly health: HealthView | null;
};

export interface NodeView {
  readonly name: string;
  readonly transport: string;
  /** Empty where the carrier does not show it (redis). */
  readonly address: string;
  /** Name of the token that it shows or signs with. */
  readonly token: string | null;
  readonly ageMs: number;
  /** Mean time between reports, ms. */
  readonly everyMs: number | null;
  /** How far its clock is ahead of ours, less the shortest time under way; null where its reports say no time. */
  readonly clockOffsetMs: number | null;
  readonly reports: number;
  /** Reports in its name that were refused, and the last of them. */
  readonly refused: number;
  readonly lastRefusal: Refusal | null;
  readonly servers: readonly string[];
}

/** Somebody whose reports were refused. Nobody has checked who it is. */
export interface SenderView {
  /** `http 10.0.0.7` */
  readonly source: string;
  /** The node that it claims to be; null where that could not be read. */
  readonly node: string | null;
  readonly refused: number;
  readonly byCode: Readonly<Partial<Record<RefusalCode, number>>>;
  readonly lastAt: number;
  readonly lastRefusal: Refusal;
}

/** Refused reports of one reason. */
export interface RefusalView {
  readonly code: RefusalCode;
  readonly count: number;
  readonly lastAt: number;
  readonly lastSource: string;
  readonly lastMessage: string;
}

/** One link over all decisions since the configuration was loaded. */
export interface LinkView {
  readonly name: string;
  readonly kind: string;
  readonly calls: number;
  /** Servers that went in and came out, summed over calls. */
  readonly serversIn: number;
  readonly serversOut: number;
  /** Calls that left nobody. */
  readonly emptied: number;
  /** Time in the function, ms, over all calls; known of one call in 64, and of the whole by that. */
  readonly spentMs: number;
  readonly faults: Readonly<Record<FaultKind, number>>;
  readonly lastFault: string | null;
  /** Set while a user's function is passed over. */
  readonly bypassed: boolean;
}

export interface ChainView {
  readonly name: string;
  readonly pool: string;
  readonly whenEmpty: string;
  readonly links: readonly LinkView[];
}

/** A certificate that the proxy shows to clients or to servers. */
export interface CertificateView {
  /** Its file, as the configuration names it. */
  readonly name: string;
  /** Epoch ms; it holds up to here. */
  readonly notAfter: number;
}

export interface EventView {
  readonly at: number;
  readonly kind: string;
  readonly message: string;
}

export interface ConfigStatus {
  readonly file: string | null;
  readonly loadedAt: number;
  /** The last attempt to load: taken, or the text of what was wrong. */
  readonly lastResult: 'ok' | 'failed';
  readonly lastError: string | null;
  readonly warnings: readonly string[];
  readonly reloads: { readonly ok: number; readonly failed: number };
}

/** The access log of this proxy since it was opened. */
export interface AccessLogView {
  readonly file: string;
  readonly format: 'combined' | 'json';
  /** Lines that the system has taken. */
  readonly written: number;
  /** Lines that will never be written. */
  readonly lost: number;
  readonly waitingBytes: number;
  /** Why lines cannot be written now; null if they can. */
  readonly fault: string | null;
}

/** The configuration in use, for people. */
export interface ConfigView {
  readonly file: string | null;
  /** With every default filled in and every secret blanked. */
  readonly yaml: string;
  /** Of `yaml`, in hexadecimal: the same on two proxies that are configured alike, but for secrets. */
  readonly sha256: string;
}

/** Which classes the trace follows now, and all that there are. */
export interface TraceView {
  readonly classes: readonly TraceClass[];
  readonly known: readonly TraceClass[];
}

export interface ReloadResult {
  readonly ok: boolean;
  /** Problems as text frames; warnings also when ok. */
  readonly text: string;
  /** Keys that changed but wait for a restart. */
  readonly ignored: readonly string[];
}

export interface Readiness {
  readonly ready: boolean;
  /** One line per check, for `/readyz?verbose`. */
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}
