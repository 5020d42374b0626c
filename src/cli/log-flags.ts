import { createLog, type Log, type LogLevel } from '../control/logs/log.ts';
import { Trace, type TraceClass } from '../control/logs/trace.ts';
import { processClock } from '../control/run-clock.ts';

/** The flags that every verb understands. */
export interface LogFlags {
  readonly logLevel?: LogLevel;
  readonly logFormat?: 'text' | 'json';
  readonly color?: 'auto' | 'always' | 'never';
  readonly quiet?: boolean;
}

export interface LogSettings {
  readonly level?: LogLevel;
  readonly format?: 'text' | 'json';
  readonly trace?: readonly TraceClass[];
}

/** How much to log, as flags say, else as the configuration says. */
export const levelFrom = ({ logLevel, quiet }: LogFlags, settings: LogSettings): LogLevel =>
  logLevel ?? (quiet ? 'error' : (settings.level ?? 'info'));

/** A log as flags say, else as the configuration says. */
export const logFrom = (flags: LogFlags, settings: LogSettings): Log =>
  createLog({
    level: levelFrom(flags, settings),
    format: flags.logFormat ?? settings.format ?? 'text',
  });

/** The trace as the configuration says. It is heard whatever the level of the log: whoever switches it on asks for it. */
export const traceFrom = ({ logFormat }: LogFlags, settings: LogSettings): Trace =>
  new Trace(
    logFrom(logFormat ? { logFormat } : {}, { ...settings, level: 'info' }),
    processClock.now,
    settings.trace,
  );

/** Whether messages on standard error may carry colours (https://no-color.org). */
export const wantsColor = ({ color = 'auto' }: LogFlags): boolean =>
  color === 'always' || (color === 'auto' && process.stderr.isTTY && !process.env['NO_COLOR']);
