import { expect, it } from 'vitest';
import { ConnectionLog } from '../../../src/control/logs/connection-log.ts';
import { type Log, type LogLevel, silentLog } from '../../../src/control/logs/log.ts';
import { Trace } from '../../../src/control/logs/trace.ts';
import type { ConnectionEvent } from '../../../src/proxy/settings.ts';

const ALL: readonly ConnectionEvent['kind'][] = [
  'opened',
  'failed',
  'closed',
  'reused',
  'validated',
  'invalid',
];

const aLog = (level: LogLevel) => {
  const said: string[] = [];
  const note =
    (at: string) =>
    (message: string, fields?: object): void =>
      void said.push(`${at}: ${message} ${JSON.stringify(fields)}`);
  const log: Log = { ...silentLog, level, debug: note('debug'), info: note('info'), warn: note('warn') };
  const trace = new Trace(log, () => 0);
  const connections = new ConnectionLog(log, trace);
  const hear = (kind: ConnectionEvent['kind'], detail = '', server = 'a'): void =>
    connections.hear({ kind, pool: 'web', server, detail });
  return { said, trace, connections, hear };
};

it.each([
  ['info', []],
  ['debug', ['opened', 'failed', 'closed', 'invalid']],
  ['trace', ALL],
] as const)('a log at %s tells of %j', (level, kinds) => {
  const { said, connections, hear } = aLog(level);
  for (const kind of ALL) hear(kind);
  expect(said.map((line) => /connection (\w+)/.exec(line)?.[1])).toEqual(kinds);
  expect(connections.hearsUse).toBe(level === 'trace');
});

it('the class `pool` of the trace tells of all, from when it is switched on', () => {
  const { said, trace, connections, hear } = aLog('info');
  hear('reused');
  trace.set(['pool']);
  expect(connections.hearsUse).toBe(true);
  hear('reused');
  hear('closed', 'idle');
  trace.set([]);
  hear('reused');
  expect(said).toEqual([
    'info: connection reused {"trace":"pool","pool":"web","server":"a"}',
    'info: connection closed {"trace":"pool","pool":"web","server":"a","detail":"idle"}',
  ]);
});

it('warns of what keeps TLS from a server, once until it works or fails in another way', () => {
  const { said, hear } = aLog('info');
  for (let i = 0; i < 3; i++) hear('failed', 'CERT_HAS_EXPIRED');
  hear('failed', 'ECONNREFUSED');
  hear('failed', 'EPROTO', 'b');
  hear('failed', 'ERR_TLS_CERT_ALTNAME_INVALID');
  hear('opened');
  hear('failed', 'ERR_TLS_CERT_ALTNAME_INVALID');
  const line = (server: string, detail: string): string =>
    `warn: no TLS with a server {"pool":"web","server":"${server}","detail":"${detail}"}`;
  expect(said).toEqual([
    line('a', 'CERT_HAS_EXPIRED'),
    line('b', 'EPROTO'),
    line('a', 'ERR_TLS_CERT_ALTNAME_INVALID'),
    line('a', 'ERR_TLS_CERT_ALTNAME_INVALID'),
  ]);
});
