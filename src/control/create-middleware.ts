import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ConfigSource } from '../config/read.ts';
import { Heartbeat } from '../script/heartbeat.ts';
import { startWatchdog, type Watchdog } from '../script/watchdog.ts';
import { Refusals } from './events/refusals.ts';
import { Fleet } from './fleet/fleet.ts';
import { signsOfOutcome } from './health/signs.ts';
import { Instance } from './instance.ts';
import { type Log, silentLog } from './logs/log.ts';
import { processClock } from './run-clock.ts';
import { ShadowWatch } from './shadow/shadow-watch.ts';
import { Traffic } from './traffic.ts';
import type { ExplainAnswer, ExplainQuestion, ReloadResult, ServerView } from './views/views.ts';

export interface MiddlewareOptions {
  /** Where the middleware says what happens. Silent if left out. */
  readonly log?: Log;
  /** For ${NAME} in the configuration; process.env if left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Reload when a file of the configuration changes; true for a file. */
  readonly watch?: boolean;
}

/** Forehand inside an application's own Node server. */
export interface Middleware {
  /** For a request: `app.use(middleware.web)`. Without `next`, what no route matches is answered 404. */
  readonly web: (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void) => void;
  /** For the server's `upgrade` event: `server.on('upgrade', middleware.upgrade)`. */
  readonly upgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void;
  servers(): readonly ServerView[];
  explain(question: ExplainQuestion): ExplainAnswer | undefined;
  /** In Prometheus text format. */
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>;
  reload(): Promise<ReloadResult>;
  /** Ends what the middleware started; the server is the application's. */
  close(): Promise<void>;
}

/** Loads the configuration under a watchdog that can only name a function that never returns. */
const startWatched = async (
  source: ConfigSource,
  watch: boolean,
  options: MiddlewareOptions,
): Promise<{ instance: Instance; watchdog: Watchdog }> => {
  const { log = silentLog, env = process.env } = options;
  const heartbeat = new Heartbeat();
  const onLost = (why: string): void => log.error(`the watchdog ended: ${why}`);
  const watchdog = startWatchdog({ heartbeat, onStuck: { kind: 'report' }, onLost });
  try {
    const seed = Math.floor(Math.random() * 2 ** 32);
    return {
      instance: await Instance.start({
        source,
        env,
        log,
        clock: processClock,
        seed,
        watch,
        heartbeat,
        recordsTo: (file) => file,
      }),
      watchdog,
    };
  } catch (thrown) {
    await watchdog.close();
    throw thrown;
  }
};

/**
 * Makes the middleware: the same routes, chains, board and metrics as `forehand run`, and reports of agents where the
 * configuration says so (`listen` and `admin` are the application's business and are ignored).
 * @param config a file name, or the configuration itself as an object.
 * @throws ConfigError with every problem, if it cannot be used.
 */
export const createMiddleware = async (
  config: string | object,
  options: MiddlewareOptions = {},
): Promise<Middleware> => {
  const source: ConfigSource = typeof config === 'string' ? { file: config } : { value: config };
  const { instance, watchdog } = await startWatched(
    source,
    options.watch ?? typeof config === 'string',
    options,
  );
  const refusals = new Refusals();
  const traffic = new Traffic({ instance, clock: processClock, refusals, version: '' });
  const door = traffic.openDoor();
  const shadowWatch = new ShadowWatch(() => traffic.shadows(), instance.events);
  let fleet: Fleet | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([fleet?.close(), door.close(), watchdog.close()]);
    shadowWatch.close();
    traffic.close();
    await instance.close();
  };
  try {
    await traffic.tracing.start();
    const opened = await Fleet.open({ instance, refusals });
    fleet = opened;
    traffic.countFleet(opened);
    traffic.hearEnds((server, outcome) => opened.watch.hearAll(signsOfOutcome(server, outcome)));
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return {
    web: (req, res, next) => door.web(req, res, next),
    upgrade: (req, socket, head) => door.upgrade(req, socket, head),
    servers: () => traffic.servers(),
    explain: (question) => instance.explain(question),
    metrics: () => traffic.metrics.text(),
    reload: () => instance.reload(),
    close,
  };
};
