import type { HandFault, HandOrder } from '../hands.ts';
import type {
  AdminParts,
  ConfigStatus,
  EventView,
  ExplainAnswer,
  PoolView,
  Readiness,
  ReloadResult,
  ServerView,
} from '../views/views.ts';

/** How the proxy is, in one piece. Times in epoch ms. */
export interface ConsoleStatus {
  readonly version: string;
  readonly startedAt: number;
  readonly now: number;
  readonly ready: boolean;
  /** Why it is not ready; empty if it is. */
  readonly missing: readonly string[];
  readonly config: ConfigStatus;
}

/**
 * What the words of the console need of a proxy: this process's own, or a running one that is asked over its API.
 * Rejects where that does not answer or refuses.
 */
export interface ConsoleParts {
  status(): Promise<ConsoleStatus>;
  servers(): Promise<readonly ServerView[]>;
  pools(): Promise<readonly PoolView[]>;
  setServer(order: HandOrder): Promise<ServerView | HandFault>;
  /** `url` may be a path. Undefined if no route matches. */
  explain(url: string): Promise<ExplainAnswer | undefined>;
  /** Newest first. */
  events(newest: number): Promise<readonly EventView[]>;
  reload(): Promise<ReloadResult>;
  /** False where the proxy is part of another program, which ends it. */
  quit(): Promise<boolean>;
}

/** Why a proxy is not ready, as sentences. */
export const missingOf = ({ ready, checks }: Readiness): readonly string[] =>
  ready ? [] : checks.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`);

/** The parts of the proxy in this process. */
export const consoleParts = (parts: AdminParts): ConsoleParts => ({
  status: async () => {
    const readiness = parts.readiness();
    return {
      version: parts.version,
      startedAt: parts.startedAt,
      now: Date.now(),
      ready: readiness.ready,
      missing: missingOf(readiness),
      config: parts.configStatus(),
    };
  },
  servers: async () => {
    await parts.look?.();
    return parts.servers();
  },
  pools: async () => {
    await parts.look?.();
    return parts.pools();
  },
  setServer: (order) => parts.setServer(order),
  explain: async (url) => parts.explain({ url, method: 'GET', from: '127.0.0.1' }),
  events: async (newest) => parts.events(newest),
  reload: () => parts.reload(),
  quit: async () => {
    parts.quit?.();
    return parts.quit !== undefined;
  },
});
