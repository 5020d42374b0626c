import type { DiscoveryView } from '../../state/discovery/discovery.ts';
import type { HandFault, HandOrder } from '../hands.ts';
import type { Trace } from '../logs/trace.ts';
import type {
  AccessLogView,
  ChainView,
  ConfigStatus,
  ConfigView,
  DecisionView,
  EventView,
  ExplainAnswer,
  ExplainQuestion,
  HostView,
  KeptDecisions,
  KeptKind,
  NodeView,
  PoolView,
  Readiness,
  RefusalView,
  ReloadResult,
  RouteView,
  SenderView,
  ServerView,
  ShadowView,
  TrafficView,
} from './views.ts';

/** Why a host was not put or removed; then nothing has changed. */
export interface HostFault {
  /** `unknown`: there is no such host. `refused`: it cannot be used. */
  readonly code: 'unknown' | 'refused';
  readonly message: string;
}

/** Virtual hosts that are added and removed while the proxy runs. */
export interface HostsPart {
  list(): readonly HostView[];
  /** Adds a host or replaces it. `body`: as in the configuration, not checked yet. */
  put(name: string, body: unknown): Promise<HostView | HostFault>;
  remove(name: string): Promise<HostView | HostFault>;
}

/** What a feed wants to hear at once. */
export interface FeedHeard {
  event(event: EventView): void;
  /** A server has come, left, or is in another state. Called at most a dozen times a second. */
  changed(): void;
}

/** What the admin listener shows and does; handed in by whoever runs the proxy. */
export interface AdminParts {
  /** Has those who count say what they have counted, for what is asked next. Left out where nobody has to be asked. */
  look?(): Promise<void>;
  servers(): readonly ServerView[];
  /** In the order of the configuration. `servers`: what `servers()` said just now, where that is known. */
  pools(servers?: readonly ServerView[]): readonly PoolView[];
  /** In the order of the configuration. */
  routes(): readonly RouteView[];
  nodes(): readonly NodeView[];
  refusals(): readonly RefusalView[];
  /** Those who sent them. */
  senders(): readonly SenderView[];
  /** Sets the state or weight of a server by hand. */
  setServer(order: HandOrder): Promise<ServerView | HandFault>;
  /** Where servers are discovered, and how that goes. */
  discovered(): readonly DiscoveryView[];
  chains(): readonly ChainView[];
  /** Chains that run beside those in use. */
  shadows(): readonly ShadowView[];
  /** Left out where nobody counts by the second. */
  traffic?(): TrafficView;
  decisions(newest: number): readonly DecisionView[];
  /** Those that are kept besides, newest first. */
  keptDecisions(kind: KeptKind, newest: number): KeptDecisions | Promise<KeptDecisions>;
  events(newest: number): readonly EventView[];
  /** Tells what happens until the function that it gives is called. */
  follow(heard: FeedHeard): () => void;
  config(): ConfigView;
  configStatus(): ConfigStatus;
  readiness(): Readiness;
  /** Undefined if no route matches. Throws a TypeError for a URL that is none. */
  explain(question: ExplainQuestion): ExplainAnswer | undefined | Promise<ExplainAnswer | undefined>;
  reload(): Promise<ReloadResult>;
  /** Has the whole program end as by TERM; left out where that is not for this program to decide. */
  quit?(): void;
  /** What a reload would say; changes nothing. */
  tryReload(): Promise<ReloadResult>;
  /** Left out where hosts cannot be changed while the proxy runs. */
  readonly hosts?: HostsPart;
  /** Undefined where none is kept. */
  accessLog(): AccessLogView | undefined;
  readonly trace: Pick<Trace, 'classes' | 'set'>;
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>;
  readonly version: string;
  /** Epoch ms of the start. */
  readonly startedAt: number;
}
