import { createPage } from '../../dashboard/page.ts';
import type { ConfigSource } from '../config/read.ts';
import { Forehand } from '../control/forehand.ts';
import type { Log } from '../control/log.ts';
import { STUCK_FD, stuckFunctions } from '../control/supervisor.ts';
import { Heartbeat } from '../script/heartbeat.ts';
import { startWatchdog } from '../script/watchdog.ts';
import { type LogFlags, logFrom } from './log-flags.ts';
import { versionText } from './version.ts';

/** How the parent tells the process that serves what it is, where its sockets are, and a configuration from a pipe. */
export const ROLE_VARIABLE = 'FOREHAND_ROLE';
export const SOCKETS_VARIABLE = 'FOREHAND_SOCKETS';
export const CONFIG_TEXT_VARIABLE = 'FOREHAND_CONFIG_TEXT';
/** What the configuration says of the log, as JSON: it is needed before the configuration is read here. */
export const LOG_VARIABLE = 'FOREHAND_LOG';

const sourceOf = (file: string | undefined): ConfigSource => {
  const text = process.env[CONFIG_TEXT_VARIABLE];
  return text === undefined ? { file: file ?? 'forehand.yaml' } : { file: 'standard input', text };
};

const heldFds = (): ReadonlyMap<string, number> =>
  new Map(JSON.parse(process.env[SOCKETS_VARIABLE] ?? '[]') as [string, number][]);

const dump = (forehand: Forehand): object => ({
  servers: forehand.traffic.servers(),
  chains: forehand.instance.counts.list(),
  refusals: forehand.refusals.list(),
  open: forehand.traffic.door.open,
  memory: process.memoryUsage(),
});

/** TERM and the parent's end drain; HUP reloads; USR2 dumps the state; USR1 is for log files, of which there are none. */
const obeySignals = (forehand: Forehand, log: Log): void => {
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    log.info('draining');
    void forehand.drain().then((clean) => process.exit(clean ? 0 : 3));
  };
  process.on('SIGTERM', end).on('disconnect', end);
  // The terminal sends INT to the whole group; the parent passes its own on as TERM.
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => void forehand.reload());
  process.on('SIGUSR1', () => undefined);
  process.on('SIGUSR2', () => log.info('state', dump(forehand)));
};

const announce = (forehand: Forehand, source: ConfigSource, log: Log): void => {
  const { addresses, adminAddress, agentAddresses } = forehand;
  log.info(`serving on ${addresses.join(', ')} with ${'file' in source ? source.file : 'a configuration'}`);
  if (adminAddress)
    log.info(`admin on ${adminAddress.startsWith('unix:') ? adminAddress : `http://${adminAddress}/`}`);
  for (const detail of agentAddresses) log.info(`reports: ${detail}`);
};

/** Serves until told to end. Throws a ConfigError if the configuration cannot be used. */
export const serve = async (file: string | undefined, flags: LogFlags): Promise<void> => {
  const source = sourceOf(file);
  const log = logFrom(flags, JSON.parse(process.env[LOG_VARIABLE] ?? '{}'));
  const heartbeat = new Heartbeat();
  startWatchdog({
    heartbeat: heartbeat,
    onStuck: process.send ? { kind: 'kill', fd: STUCK_FD } : { kind: 'report' },
    onLost: (why) =>
      log.error(`the watchdog ended: ${why}; a function that never returns would go unnoticed`),
  });
  const forehand = await Forehand.start({
    heartbeat,
    source,
    env: process.env,
    log,
    version: versionText(),
    page: createPage(),
    watch: !('text' in source),
    held: heldFds(),
    stuck: stuckFunctions(process.env),
  });
  obeySignals(forehand, log);
  announce(forehand, source, log);
  process.send?.({ kind: 'ready' });
};
