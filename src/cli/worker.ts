import type { SendHandle } from 'node:child_process';
import { formatProblems } from '../config/shown/format.ts';
import type { Log } from '../control/logs/log.ts';
import { STUCK_FD } from '../control/process/stuck.ts';
import type { ToControl, ToWorker } from '../control/workers/messages.ts';
import { relayLog } from '../control/workers/relay-log.ts';
import { type StartOrders, Worker } from '../control/workers/worker.ts';
import { ConfigError, messageOf } from '../core/errors.ts';
import type { Millis } from '../core/types.ts';
import { Heartbeat } from '../script/heartbeat.ts';
import { startWatchdog } from '../script/watchdog.ts';
import { type LogFlags, type LogSettings, levelFrom, logFrom } from './log-flags.ts';
import { LOG_VARIABLE } from './roles.ts';

const CANNOT_START = 1;
const UNCLEAN_EXIT = 3;

/** Tells control; once it is gone, what is for people goes to the log of this process. */
const tellControl =
  (own: Log) =>
  (message: ToControl, handle?: object, sent: (error: Error | null) => void = () => undefined): void => {
    if (process.connected) process.send?.(message, handle as SendHandle, {}, sent);
    else {
      if (message.kind === 'said') own[message.level](message.message, message.fields);
      sent(new Error('control is gone'));
    }
  };

const faultText = (thrown: unknown): string =>
  thrown instanceof ConfigError ? formatProblems(thrown.problems, { color: false }) : messageOf(thrown);

/** The life of a worker process: control's first message starts it, its end or control's ends it. */
export const work = (flags: LogFlags): void => {
  const settings = JSON.parse(process.env[LOG_VARIABLE] ?? '{}') as LogSettings;
  const tell = tellControl(logFrom(flags, settings));
  const log = relayLog((line) => tell(line), levelFrom(flags, settings));
  const heartbeat = new Heartbeat();
  startWatchdog({
    heartbeat,
    onStuck: { kind: 'kill', fd: STUCK_FD },
    onLost: (why) =>
      log.error(`the watchdog ended: ${why}; a function that never returns would go unnoticed`),
  });
  let worker: Promise<Worker> | undefined;
  let isEnding = false;

  const start = (orders: StartOrders): void => {
    worker = Worker.start(orders, { env: process.env, log, heartbeat, send: tell });
    worker.catch((thrown: unknown) => {
      tell({ kind: 'failed', text: faultText(thrown) }, undefined, () => process.exit(CANNOT_START));
    });
  };
  const end = async (grace?: Millis): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    if (grace === undefined) tell({ kind: 'leaving' });
    const clean = (await worker?.then((started) => started.drain(grace ?? started.grace))) ?? true;
    tell({ kind: 'drained', clean }, undefined, () => process.exit(clean ? 0 : UNCLEAN_EXIT));
  };
  process.on('message', (message: ToWorker, handle: unknown) => {
    if (message.kind === 'start') start(message);
    else if (message.kind === 'drain') void end(message.grace);
    else void worker?.then((started) => started.hear(message, handle));
  });
  process.on('disconnect', () => {
    // Control ends last, so whoever is left behind while it ends was meant to be gone by now.
    if (isEnding) process.exit(UNCLEAN_EXIT);
    void end();
  });
  process.on('SIGTERM', () => void end());
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)
    process.on(signal, () => undefined);
};
