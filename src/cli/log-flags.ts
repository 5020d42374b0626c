import { createLog, type Log, type LogLevel } from '../control/log.ts';

/** The flags that every verb understands. */
export interface LogFlags {
  readonly logLevel?: LogLevel;
  readonly logFormat?: 'text' | 'json';
  readonly color?: 'auto' | 'always' | 'never';
  readonly quiet?: boolean;
}

interface LogSettings {
  readonly level?: LogLevel;
  readonly format?: 'text' | 'json';
}

/** A log as flags say, else as the configuration says. */
export const logFrom = ({ logLevel, logFormat, quiet }: LogFlags, settings: LogSettings): Log =>
  createLog({
    level: logLevel ?? (quiet ? 'error' : (settings.level ?? 'info')),
    format: logFormat ?? settings.format ?? 'text',
  });

/** Whether messages on standard error may carry colours (https://no-color.org). */
export const wantsColor = ({ color = 'auto' }: LogFlags): boolean =>
  color === 'always' || (color === 'auto' && process.stderr.isTTY && !process.env['NO_COLOR']);
