import { pino } from 'pino';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** The program's own log. Fields are for machines; the message alone must make sense to a person. */
export interface Log {
  /** What is written at least. Where it is not said, ask nothing of levels below info. */
  readonly level?: LogLevel;
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
};

/** One JSON line of pino as one line for people: time, level, message, and the fields as name=value. */
export const asText = (line: string): string => {
  const { level, time, msg, ...fields } = JSON.parse(line) as { level: number; time: number; msg: string };
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  return `${new Date(time).toISOString()} ${(LEVELS[level] ?? '').padEnd(5)} ${msg}${pairs.join('')}\n`;
};

/** Writes to standard error, so that standard output stays free for what a verb prints. */
export const createLog = (
  settings: { readonly level: LogLevel; readonly format: 'text' | 'json' },
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Log => {
  const stream = { write: settings.format === 'json' ? write : (line: string) => write(asText(line)) };
  const logger = pino({ level: settings.level, base: null }, stream);
  return {
    level: settings.level,
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
};

/** Says nothing: for tests and for libraries that bring their own log. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
