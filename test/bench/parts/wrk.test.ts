import { describe, expect, it } from 'vitest';
import { GET_1K, SCENARIOS } from '../../../bench/parts/scenarios.ts';
import { isSound, parseWrk, type WrkCounts, wrkErrors, wrkScript } from '../../../bench/parts/wrk.ts';

const OUTPUT = `Running 1s test @ http://127.0.0.1:1/1k
  1 threads and 64 connections
Requests/sec:  99108.00
Transfer/sec:    112.00MB

RESULT 99108 1000123 118000000 1 2 3 4 5
`;

const NEW_CONNECTIONS = { ...GET_1K, newConnections: true };
const GOOD: WrkCounts = {
  requests: 10_000,
  micros: 1e6,
  bytes: 10_000 * 1200,
  connect: 0,
  read: 0,
  write: 0,
  status: 0,
  timeout: 0,
};

describe('the output of wrk', () => {
  it('is read', () => {
    expect(parseWrk(OUTPUT)).toEqual({
      requests: 99108,
      micros: 1000123,
      bytes: 118000000,
      connect: 1,
      read: 2,
      write: 3,
      status: 4,
      timeout: 5,
    });
  });

  it('is shown when it has no result', () => {
    expect(() => parseWrk('unable to connect')).toThrow('unable to connect');
  });
});

describe('a run', () => {
  it.each([
    ['nothing went wrong', {}, GET_1K, true, ''],
    ['no answer came', { requests: 0, bytes: 0 }, GET_1K, false, ''],
    ['an answer was bad', { status: 1 }, NEW_CONNECTIONS, false, '1 status'],
    ['answers were short', { bytes: 10_000 * 1024 - 1 }, NEW_CONNECTIONS, false, '1 missing bytes'],
    ['a socket broke', { read: 1 }, GET_1K, false, '1 read'],
    [
      'few sockets of thousands broke',
      { connect: 3, timeout: 7 },
      NEW_CONNECTIONS,
      true,
      '3 connect, 7 timeout',
    ],
    ['many of them broke', { connect: 11 }, NEW_CONNECTIONS, false, '11 connect'],
  ])('counts or not when %s, and says so', (_, changed, scenario, counts, words) => {
    const run = { ...GOOD, ...changed };
    expect(isSound(run, scenario)).toBe(counts);
    expect(wrkErrors(run, scenario)).toBe(words);
  });
});

describe('the script for wrk', () => {
  it('sets method, fields and body of a scenario', () => {
    const script = wrkScript(SCENARIOS.find(({ name }) => name === 'post1k') ?? GET_1K);
    expect(script).toContain(
      'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/octet-stream"\n',
    );
    expect(script).toContain('wrk.body = string.rep("z", 1024)\n');
  });

  it('has no body where the scenario has none, and 13 fields with Host in headers13', () => {
    const script = wrkScript(SCENARIOS.find(({ name }) => name === 'headers13') ?? GET_1K);
    expect(script).not.toContain('wrk.body');
    expect(script.match(/wrk\.headers/g)).toHaveLength(13);
  });
});
