import { parseData } from '../../config/reading/parse-data.ts';
import type { Config, StateConfig } from '../../config/schema/schema.ts';
import { FileWatch } from '../../script/watch.ts';
import { type DiscoveredPool, Discovery, type DiscoveryView } from '../../state/discovery/discovery.ts';
import type { DriverHealth, StateDriver } from '../../state/driver.ts';
import { DEFAULT_RATE } from '../../state/rate-limit.ts';
import { RedisDriver } from '../../state/redis/redis-driver.ts';
import { Tokens } from '../../state/tokens.ts';
import type { Refusals } from '../events/refusals.ts';
import { Hands } from '../hands.ts';
import { HealthWatch } from '../health/health-watch.ts';
import type { Instance } from '../instance.ts';
import { type HeldFds, receiverPlaces } from '../listeners/held-fds.ts';
import type { Trace } from '../logs/trace.ts';
import type { CheckTotals } from '../metrics/check-counts.ts';
import type { BackendView } from '../metrics/metrics-backends.ts';
import { processClock } from '../run-clock.ts';
import { type AgentPollSettings, AgentPolls } from './agent-polls.ts';
import { Receivers, subscriberOf } from './receivers.ts';
import { fleetTokens } from './token-specs.ts';

/** How often it is looked how many proxies are alive. */
const COUNT_MS = 1000;

export interface FleetParts {
  readonly instance: Instance;
  readonly refusals: Refusals;
  readonly trace?: Trace;
  /** Called after anything on the board has changed. */
  readonly changed?: () => void;
  readonly held?: HeldFds | undefined;
}

const openRedis = (
  { url, prefix, tls, password, secrets }: StateConfig,
  rate: number,
  tokens: Tokens,
): StateDriver => {
  if (url === undefined) throw new TypeError('`state.driver: redis` without `url`');
  return new RedisDriver({
    url,
    prefix,
    tls,
    tokens,
    ownTokens: secrets,
    rate: { perSecond: rate, burst: 2 * rate },
    ...(password === undefined ? {} : { password }),
  });
};

/** What the proxies of a fleet share, where they share something. */
const openStore = ({ state, agents }: Config, tokens: Tokens): StateDriver | undefined =>
  state?.driver === 'redis' ? openRedis(state, agents?.rate ?? DEFAULT_RATE.perSecond, tokens) : undefined;

const discoveredPools = ({ pools }: Config): readonly DiscoveredPool[] =>
  Object.entries(pools).flatMap(([name, { discovery }]) => (discovery ? [{ name, ...discovery }] : []));

const polledPools = ({ pools }: Config): ReadonlyMap<string, AgentPollSettings> =>
  new Map(
    Object.entries(pools).flatMap(([name, { agentCheck }]) =>
      agentCheck ? [[name, agentCheck] as const] : [],
    ),
  );

/** All that a proxy learns from others: reports, servers that are discovered, agents that are asked, states set by hand. */
export class Fleet {
  readonly hands: Hands;
  /** Which servers are there, as this proxy finds out itself. */
  readonly watch: HealthWatch;
  readonly #parts: FleetParts;
  readonly #receivers = new Receivers();
  readonly #store: StateDriver | undefined;
  readonly #storeTokens = new Tokens();
  readonly #discovery: Discovery;
  readonly #polls: AgentPolls;
  readonly #counting: NodeJS.Timeout;

  private constructor(parts: FleetParts) {
    const { instance } = parts;
    this.#parts = parts;
    this.#storeTokens.take(fleetTokens(instance.model.config));
    this.#store = openStore(instance.model.config, this.#storeTokens);
    this.hands = new Hands({
      board: instance.board,
      wallClock: processClock.wallClock,
      events: instance.events,
      changed: () => this.#changed(),
      ...(this.#store?.hands ? { shared: this.#store.hands } : {}),
    });
    this.watch = new HealthWatch({
      board: instance.board,
      events: instance.events,
      clock: processClock,
      random: Math.random,
      changed: () => this.#changed(),
    });
    this.#discovery = this.#makeDiscovery();
    this.#polls = new AgentPolls({
      board: instance.board,
      events: instance.events,
      changed: () => this.#changed(),
    });
    this.#counting = setInterval(() => this.#countProxies(), COUNT_MS).unref();
  }

  /** Begins with all of it. What is there at once to be learnt is on the board when this resolves. Leaves nothing open if it fails. */
  static async open(parts: FleetParts): Promise<Fleet> {
    const fleet = new Fleet(parts);
    try {
      await fleet.#start();
      return fleet;
    } catch (thrown) {
      await fleet.close();
      throw thrown;
    }
  }

  /** Where reports are taken, for people. */
  health(): readonly DriverHealth[] {
    return [...this.#receivers.health(), ...(this.#store ? [this.#store.health()] : [])];
  }

  /** The store that the proxies share, where there is one. */
  backends(): readonly BackendView[] {
    const { state } = this.#parts.instance.model.config;
    if (!this.#store || !state) return [];
    const { up, reconnects = 0 } = this.#store.health();
    return [{ driver: state.driver, up, reconnects }];
  }

  /** How the checks of servers ended. */
  checks(): readonly CheckTotals[] {
    return this.watch.counts.totals();
  }

  discovered(): readonly DiscoveryView[] {
    return this.#discovery.status();
  }

  async close(): Promise<void> {
    clearInterval(this.#counting);
    this.#polls.close();
    this.watch.close();
    this.#discovery.close();
    this.hands.close();
    await Promise.all([this.#receivers.close(), this.#store?.close()]);
  }

  async #start(): Promise<void> {
    const { instance, refusals, trace, held } = this.#parts;
    const { config } = instance.model;
    const { board } = instance;
    const { now, wallClock } = processClock;
    const heard = (): void => {
      this.hands.apply();
      this.#changed();
    };
    const left = (node: string): void => this.watch.nodeLeft(node);
    const subscriber = subscriberOf({ board, refusals, trace, heard, left, now, wallClock });
    await this.#store?.subscribe(subscriber);
    await this.#receivers.start(receiverPlaces(held, config), { config, board, subscriber });
    instance.beforeReload((wanted) => this.#discovery.prepare(discoveredPools(wanted)));
    instance.onReload((ok) => (ok ? this.#follow() : undefined));
    await this.#follow();
    this.#countProxies();
  }

  /** Takes from the configuration what needs no restart. */
  async #follow(): Promise<void> {
    const { config } = this.#parts.instance.model;
    this.#receivers.follow(config);
    this.#storeTokens.take(fleetTokens(config));
    await this.#discovery.follow(discoveredPools(config));
    this.#polls.follow(polledPools(config));
    this.watch.follow(config.pools);
    this.hands.apply();
  }

  #makeDiscovery(): Discovery {
    const { board, events } = this.#parts.instance;
    return new Discovery({
      apply: (pool, servers) => {
        board.pool(pool)?.discover(servers, processClock.now());
        this.#polls.look();
        this.watch.look();
        this.hands.apply();
        this.#changed();
      },
      tell: ({ kind, message, level }) => events.add(kind, message, level),
      parse: parseData,
      watch: (files, onChange) => {
        const watch = new FileWatch(onChange);
        watch.follow(files);
        return watch;
      },
    });
  }

  #changed(): void {
    this.#parts.changed?.();
  }

  #countProxies(): void {
    const drivers = [...this.#receivers.drivers, ...(this.#store ? [this.#store] : [])];
    this.#parts.instance.board.proxies = Math.max(1, ...drivers.map(({ proxies }) => proxies ?? 1));
  }
}
