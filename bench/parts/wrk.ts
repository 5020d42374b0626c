import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rig } from './rig.ts';
import type { Scenario } from './scenarios.ts';

/** What wrk counted in one run. */
export interface WrkCounts {
  /** Answers that came whole, whatever their status. */
  readonly requests: number;
  /** How long it ran, in microseconds. */
  readonly micros: number;
  /** Bytes received, heads included. */
  readonly bytes: number;
  /** Connections that could not be made. */
  readonly connect: number;
  readonly read: number;
  readonly write: number;
  /** Answers with a status above 399. */
  readonly status: number;
  /** Answers that took longer than two seconds. */
  readonly timeout: number;
}

/** Keep-alive connections, or as many requests under way at once. */
const CONNECTIONS = 64;
const RESULT = 'RESULT ';

/** A Lua string: the escapes of JSON that ASCII needs are Lua's too. */
const quote = (text: string): string => JSON.stringify(text);

/** The script by which wrk sends the requests of a scenario and prints its counts for `parseWrk`. */
export const wrkScript = ({ method, fields, bodyBytes }: Scenario): string =>
  [
    `wrk.method = ${quote(method)}`,
    ...Object.entries(fields).map(([name, value]) => `wrk.headers[${quote(name)}] = ${quote(value)}`),
    ...(bodyBytes > 0 ? [`wrk.body = string.rep("z", ${bodyBytes})`] : []),
    'done = function(s)',
    '  local e = s.errors',
    `  io.write(string.format('\\n${RESULT}%d %d %d %d %d %d %d %d\\n',`,
    '    s.requests, s.duration, s.bytes, e.connect, e.read, e.write, e.status, e.timeout))',
    'end',
    '',
  ].join('\n');

/** Reads the counts that the script printed. Throws when there are none. */
export const parseWrk = (output: string): WrkCounts => {
  const line = output.split('\n').find((each) => each.startsWith(RESULT));
  if (line === undefined) throw new Error(`wrk printed no result:\n${output}`);
  const [requests = 0, micros = 0, bytes = 0, connect = 0, read = 0, write = 0, status = 0, timeout = 0] =
    line.slice(RESULT.length).split(' ').map(Number);
  return { requests, micros, bytes, connect, read, write, status, timeout };
};

/** In `newconn`, such a part of the requests may fail on their sockets: thousands of them share few ports. */
const FORGIVEN = 0.001;

const missingBytes = ({ requests, bytes }: WrkCounts, { answerBytes }: Scenario): number =>
  Math.max(0, requests * answerBytes - bytes);

/** What went wrong in a run, in words; empty if nothing did. */
export const wrkErrors = (counts: WrkCounts, scenario: Scenario): string => {
  const { connect, read, write, status, timeout } = counts;
  return Object.entries({
    connect,
    read,
    write,
    status,
    timeout,
    'missing bytes': missingBytes(counts, scenario),
  })
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
};

/** Whether a run counts: every answer good and whole, and hardly a socket error where connections are new. */
export const isSound = (counts: WrkCounts, scenario: Scenario): boolean => {
  const { requests, connect, read, write, status, timeout } = counts;
  if (requests === 0 || status > 0 || missingBytes(counts, scenario) > 0) return false;
  return connect + read + write + timeout <= (scenario.newConnections ? requests * FORGIVEN : 0);
};

/** Where a run goes to, how long it takes, and on which core wrk runs. */
export interface WrkRun {
  readonly port: number;
  readonly seconds: number;
  readonly core: number | undefined;
}

/** Sends requests of a scenario for so many whole seconds. Throws when wrk cannot run, not for what it counts. */
export const runWrk = async (
  rig: Rig,
  scenario: Scenario,
  { port, seconds, core }: WrkRun,
): Promise<WrkCounts> => {
  const script = join(rig.folder, `${scenario.name}.lua`);
  writeFileSync(script, wrkScript(scenario));
  const url = `http://127.0.0.1:${port}${scenario.path}`;
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script, url];
  return parseWrk(await rig.run({ name: 'wrk', command: 'wrk', args, core }));
};
