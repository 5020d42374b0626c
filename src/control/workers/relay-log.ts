import type { Log, LogLevel } from '../logs/log.ts';
import type { ToControl } from './messages.ts';

type Said = Extract<ToControl, { kind: 'said' }>;

/** What every worker has to say of a configuration or a report, control has said already. */
const SAID_BY_CONTROL: readonly RegExp[] = [/^config_/, /^server_/, /^node_/, /^script_loaded$/];

const eventOf = (fields: object | undefined): string =>
  fields && 'event' in fields ? String(fields.event) : '';

/**
 * The log of a worker: control writes it, so that all lines come from one process and events are kept there. `level`:
 * what control writes; what is below it is not even sent, but for traces, which are told at the level info.
 */
export const relayLog = (send: (message: Said) => void, level: LogLevel): Log => {
  const say =
    (level: Said['level']) =>
    (message: string, fields?: object): void => {
      const event = eventOf(fields);
      if (SAID_BY_CONTROL.some((pattern) => pattern.test(event))) return;
      send({ kind: 'said', level, message, fields: fields ?? {} });
    };
  const isDebugWanted = level === 'debug' || level === 'trace';
  return {
    level,
    debug: isDebugWanted ? say('debug') : () => undefined,
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
  };
};
