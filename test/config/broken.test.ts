import { describe, expect, it } from 'vitest';
import type { Problem } from '../../src/core/errors.ts';
import { brief, problemsIn, readText, withPool } from './support.ts';

/** What is written, what is said of it and where, and what is offered instead. */
type Broken = readonly [name: string, text: string, problem: string, help?: string];

const pool = (more: string): string => `pools:\n  web:\n    servers: [http://a:1]\n${more}`;
const chain = (entries: string): string => pool(`    chain: ${entries}`);

const helpIn = ({ suggestion, note }: Problem): string => `${suggestion ?? ''}|${note ?? ''}`;

const check = async (text: string, problem: string, help?: string): Promise<void> => {
  const found = await problemsIn(readText(text));
  expect(found.map(brief)).toEqual([expect.stringContaining(problem)]);
  expect(found.map(helpIn).join('')).toContain(help ?? '');
};

describe('at the top', () => {
  it.for<Broken>([
    ['nothing at all', '', '1:1 `pools` is missing'],
    ['a list', '- a', '1:1 expected a mapping, got a list'],
    ['text', 'hello', '1:1 expected a mapping, got "hello"'],
    ['an unknown key', withPool('wrkers: 3'), '2:1 unknown key `wrkers`', 'did you mean `workers`?'],
    [
      'an unknown key like no other',
      withPool('frontend: 3'),
      '2:1 unknown key `frontend`',
      'known: listen admin',
    ],
    [
      'a misspelt key that is needed',
      'pool: { web: { servers: [http://a:1] } }',
      '1:1 unknown key `pool`',
      'did you mean `pools`?',
    ],
    ['a section that is empty', withPool('timeouts:'), '2:10 expected a mapping, got nothing'],
    ['a section of another kind', withPool('limits: [1]'), '2:9 expected a mapping, got a list'],
    [
      'an address without host',
      withPool('listen: ":8080"'),
      '2:9 expected an address such as 127.0.0.1:8080',
    ],
    ['no address', withPool('listen: []'), '2:9 expected at least 1 entry, got 0'],
    ['TLS', withPool('listen: "https://127.0.0.1:443"'), '2:9 expected an address such as 127.0.0.1:8080'],
    [
      'an address twice',
      withPool('listen: ["127.0.0.1:1", "http://127.0.0.1:1/"]'),
      '2:25 http://127.0.0.1:1/ is taken by `listen` already',
    ],
    [
      'the admin address twice',
      withPool('listen: "127.0.0.1:1"\nadmin: "127.0.0.1:1"'),
      '3:8 127.0.0.1:1 is taken by `listen` already',
    ],
    [
      'an admin address for all',
      withPool('admin: "0.0.0.0:9090"'),
      '2:8 the admin address 0.0.0.0:9090 is open to others',
      'loopback',
    ],
    ['an admin server that is on', withPool('admin: true'), '2:8 expected `false` or text, got true'],
    ['no worker', withPool('workers: 0'), '2:10 expected at least 1, got 0'],
    ['half a worker', withPool('workers: 1.5'), '2:10 expected'],
    ['some workers', withPool('workers: some'), '2:10 expected `auto` or a number, got "some"'],
    [
      'a range with ports',
      withPool('trustedProxies: ["10.0.0.0/8:80"]'),
      '2:18 expected a range such as 10.0.0.0/8',
    ],
    [
      'a range of names',
      withPool('trustedProxies: [example.com]'),
      '2:18 expected a range such as 10.0.0.0/8',
    ],
    ['a range that is too narrow', withPool('trustedProxies: [10.0.0.0/33]'), '2:18 expected a range'],
    [
      'a level that is none',
      withPool('log: { level: verbose }'),
      '2:15 expected `error`, `warn`, `info`, `debug` or `trace`, got "verbose"',
    ],
    ['a level that is misspelt', withPool('log: { level: INFO }'), '2:15 expected', 'did you mean `info`?'],
    [
      'a transport that is none',
      withPool('transport: tcp'),
      '2:12 expected `auto`, `net` or `raw`, got "tcp"',
    ],
    ['a step that nobody takes', withPool('log: { trace: [pools] }'), '2:16 expected `config`', '`pool`?'],
    ['an access log nowhere', withPool('accessLog: { format: json }'), '2:1 `file` is missing'],
    [
      'a status that is none',
      withPool('accessLog: { file: f, status: [6xx] }'),
      '2:32 expected a status such as 404, or a class such as 4xx, got "6xx"',
    ],
    [
      'a number for a status that is none',
      withPool('accessLog: { file: f, status: [42] }'),
      '2:32 expected at least 100, got 42',
    ],
    ['yes for a word', withPool('underscores: false'), '2:14 expected `drop` or `keep`, got false'],
    ['yes for true', withPool('exposeServer: yes'), '2:15 expected true or false, got "yes"'],
  ])('%s', ([, text, problem, help]) => check(text, problem, help));
});

describe('in times, sizes and counts', () => {
  it.for<Broken>([
    [
      'a bare number for a time',
      withPool('timeouts: { connect: 5 }'),
      '2:22 expected a duration with a unit, got the bare number 5; write `5s` or `5ms`',
    ],
    [
      'a unit that is none',
      withPool('timeouts: { connect: 5min }'),
      '2:22 expected a duration such as 250ms, 2s or 5m, got "5min"',
    ],
    ['no time at all', withPool('timeouts: { connect: 0s }'), '2:22 expected more than 0'],
    ['too much time', withPool('timeouts: { tunnel: 48h }'), '2:21 expected at most 24h, got 48h'],
    [
      'a key of another style',
      withPool('timeouts: { request_headers: 5s }'),
      '2:13 unknown key `request_headers`',
      'did you mean `requestHeaders`?',
    ],
    [
      'a bare number for a size',
      withPool('limits: { bodyBytes: 5 }'),
      '2:22 expected a size with a unit, got the bare number 5',
    ],
    [
      'a size in SI units',
      withPool('limits: { bodyBytes: 5MB }'),
      '2:22 expected a size such as 512B, 64KiB or 2MiB, got "5MB"',
    ],
    ['a head that is too large', withPool('limits: { headerBytes: 2MiB }'), '2:24 expected 1KiB to 1MiB'],
    [
      'a target that no head can hold',
      withPool('limits: { headerBytes: 4KiB }'),
      '2:1 `targetBytes` is more than `headerBytes`',
    ],
    ['too many attempts', withPool('retry: { attempts: 6 }'), '2:20 expected at most 5, got 6'],
    ['a percentage', withPool('retry: { budget: 20 }'), '2:18 expected at most 1, got 20'],
  ])('%s', ([, text, problem, help]) => check(text, problem, help));
});

describe('in agents', () => {
  it.for<Broken>([
    ['no address', withPool('agents: { token: x }'), '2:1 `listen` is missing'],
    [
      'a misspelt address',
      withPool('agents: { lisen: "http://127.0.0.1:1" }'),
      '2:11 unknown key `lisen`',
      'did you mean `listen`?',
    ],
    [
      'an address of another kind',
      withPool('agents: { listen: "127.0.0.1:9091" }'),
      '2:19 expected an address such as http://127.0.0.1:9091 or udp://0.0.0.0:4445',
    ],
    [
      'a parameter that is none',
      withPool('agents: { listen: "udp://239.0.0.1:1?loop=1" }'),
      '2:19 unknown parameter `loop`',
    ],
    [
      'reports from anybody',
      withPool('agents: { listen: "http://0.0.0.0:9091" }'),
      '2:19 reports on http://0.0.0.0:9091 would be believed whoever sends them',
      'set `token`, `tokenFile` or `tokens`',
    ],
    [
      'an empty token for anybody',
      withPool('agents: { listen: "udp://0.0.0.0:1", token: "" }'),
      '2:19 reports on udp://0.0.0.0:1 would be believed',
    ],
    [
      'multicast for anybody',
      withPool('agents: { listen: ["udp://127.0.0.1:1", "udp://239.0.0.1:1"] }'),
      '2:41 reports on udp://239.0.0.1:1 would be believed',
    ],
  ])('%s', ([, text, problem, help]) => check(text, problem, help));
});

describe('in a pool', () => {
  it.for<Broken>([
    ['no pool at all', 'pools: {}', '1:8 `pools` is missing'],
    [
      'a name with a space',
      'pools: { "a b": { servers: [http://a:1] } }',
      '1:10 expected a name of letters, digits, `_`, `.` and `-`',
    ],
    ['no server', 'pools:\n  web: {}', '2:3 pool `web` has no servers, accepts none and discovers none'],
    [
      'a URL without scheme',
      'pools: { web: { servers: ["a:1"] } }',
      '1:27 expected the URL of a server such as http://10.0.0.5:3000, got "a:1"; write `http://a:1`',
    ],
    [
      'a URL with a path',
      'pools: { web: { servers: [http://a:1/x] } }',
      '1:27 expected the URL of a server such as http://10.0.0.5:3000, got "http://a:1/x"; write `http://a:1`',
    ],
    [
      'a URL of another scheme',
      'pools: { web: { servers: ["ftp://a"] } }',
      '1:27 expected the URL of a server',
    ],
    ['a server without URL', 'pools: { web: { servers: [{ id: a }] } }', '1:27 `url` is missing'],
    [
      'a misspelt URL',
      'pools: { web: { servers: [{ adress: "http://a:1" }] } }',
      '1:29 unknown key `adress`',
      'did you mean `url`?',
    ],
    [
      'a number for a server',
      'pools: { web: { servers: [3001] } }',
      '1:27 expected text or a mapping, got 3001',
    ],
    ['servers by name', 'pools: { web: { servers: { a: "http://a:1" } } }', '1:28 unknown key `a`'],
    [
      'a speed in words',
      'pools: { web: { servers: [{ url: "http://a:1", arriba: fast }] } }',
      '1:56 expected a number, got "fast"',
    ],
    [
      'no speed',
      'pools: { web: { servers: [{ url: "http://a:1", arriba: 0 }] } }',
      '1:56 expected more than 0, got 0',
    ],
    [
      'a number for an id',
      'pools: { web: { servers: [{ url: "http://a:1", id: 7 }] } }',
      '1:52 expected text, got 7',
      'put it in quotes',
    ],
    [
      'an address twice',
      'pools: { web: { servers: [http://a, { id: b, url: "https://a:80" }] } }',
      '1:37 the address `a:80` is that of servers[0] already',
    ],
    [
      'an id twice',
      'pools: { web: { servers: [{ id: a, url: "http://a:1" }, { id: a, url: "http://b:1" }] } }',
      '1:57 the id `a` is that of servers[0] already',
    ],
    [
      'a self that is no server',
      pool('    self: "a:2"'),
      '4:11 `self` names no server of this pool: "a:2"',
      'did you mean `a:1`?|known: a:1',
    ],
    [
      'a rule that is none',
      pool('    accept: ["10.0.0.0/8:9000-8000"]'),
      '4:14 expected a range such as 10.0.0.0/8:8000-8999',
    ],
    [
      'a choice that is none',
      pool('    whenEmpty: undoo'),
      '4:16 expected `undo`, `refuse` or `local`, got "undoo"',
      'did you mean `undo`?',
    ],
    [
      'an unknown key',
      pool('    balance: random'),
      '4:5 unknown key `balance`',
      'known: servers accept discovery agentCheck health outlier chain whenEmpty sticky self',
    ],
  ])('%s', ([, text, problem, help]) => check(text, problem, help));
});

describe('in a chain', () => {
  it.for<Broken>([
    [
      'a misspelt function',
      chain('[byLaod]'),
      '4:13 unknown candidacy function `byLaod`',
      'did you mean `byLoad`?',
    ],
    [
      'a misspelt function with options',
      chain('[{ byAgee: 5s }]'),
      '4:15 unknown candidacy function `byAgee`',
      'did you mean `byAge`?',
    ],
    [
      'a function like no other',
      chain('[shortestQueue]'),
      '4:13 unknown candidacy function `shortestQueue`',
      'known: ',
    ],
    [
      'a script without its path',
      chain('[mine.ts]'),
      '4:13 unknown candidacy function `mine.ts`',
      'did you mean `./mine.ts`?',
    ],
    ['no link', chain('[]'), '4:12 expected at least 1 entry'],
    ['a name that is no chain', chain('fast'), '4:12 expected `default`, `full` or a list, got "fast"'],
    [
      'a name that is nearly the chain',
      chain('defualt'),
      '4:12 expected `default`, `full` or a list, got "defualt"',
      'did you mean `default`?',
    ],
    ['a number for a link', chain('[1]'), '4:13 expected text or a mapping, got 1'],
    ['an empty link', chain('[{}]'), '4:13 expected a candidacy function, got an empty mapping'],
    [
      'options beside the function',
      chain('\n      - byAge:\n        max: 5s'),
      '5:9 a link is one function, got `byAge` and `max`',
      'if `max` is an option of `byAge`, indent it further',
    ],
    [
      'a bare number for a time',
      chain('[{ byAge: 5 }]'),
      '4:22 expected a duration with a unit, got the bare number 5',
    ],
    [
      'an unknown option',
      chain('[{ byAge: { maxx: 5s } }]'),
      '4:24 unknown key `maxx`',
      'did you mean `max`?',
    ],
    [
      'an option of another kind',
      chain('[{ sample: { least: many } }]'),
      '4:32 expected a number, got "many"',
    ],
    ['options for a function without', chain('[{ byRandom: 5 }]'), '4:25 `byRandom` takes no options'],
    [
      'no options for a function that needs some',
      chain('[byTag]'),
      '4:13 expected tags under any, all or none',
    ],
    [
      'something else as a script',
      chain('[{ byFunction: mine }]'),
      '4:27 `byFunction` takes the path of a script',
    ],
    ['a script that is not named', chain('[byFunction]'), '4:13 `byFunction` takes the path of a script'],
    [
      'an unknown choice for failures',
      chain('[{ ./mine.ts: { onError: pas } }]'),
      '4:37 expected `pass`, `empty` or `fail`, got "pas"',
      'did you mean `pass`?',
    ],
  ])('%s', ([, text, problem, help]) => check(text, problem, help));
});

describe('in routes', () => {
  const routes = (text: string): string => withPool(`routes: ${text}`);

  it.for<Broken>([
    ['none', routes('[]'), '2:9 expected at least 1 entry'],
    [
      'none for several pools',
      'pools:\n  a: { servers: [http://a:1] }\n  b: { servers: [http://b:1] }',
      '1:1 there are several pools, but no `routes`',
      'add `routes`',
    ],
    ['no pool', routes('[{ path: / }]'), '2:10 nothing answers here: expected `pool`, `redirect`'],
    [
      'a misspelt pool',
      routes('[{ pool: wbe }]'),
      '2:18 there is no pool `wbe`',
      'did you mean `web`?|known: web',
    ],
    [
      'a host with a port',
      routes('[{ pool: web, host: "a.b:80" }]'),
      '2:29 expected a host such as www.example.com',
    ],
    [
      'a star in a host',
      routes('[{ pool: web, host: "www.*.com" }]'),
      '2:29 expected a host such as www.example.com',
    ],
    [
      'a path that does not start',
      routes('[{ pool: web, path: api }]'),
      '2:29 expected a path that starts with /',
    ],
    [
      'a path with a query',
      routes('[{ pool: web, path: "/a?b" }]'),
      '2:29 expected a path that starts with /',
    ],
    [
      'a path with dots',
      routes('[{ pool: web, path: /a/../b }]'),
      '2:29 paths are compared in their simplest form; write "/b" for "/a/../b"',
    ],
    [
      'a path with a broken escape',
      routes('[{ pool: web, path: "/%zz" }]'),
      '2:29 expected a path that starts with /',
    ],
    ['a method that is none', routes('[{ pool: web, methods: [fetch] }]'), '2:33 expected `GET`, `HEAD`'],
    [
      'a name twice',
      routes('[{ pool: web, name: a, host: a }, { pool: web, name: a }]'),
      '2:62 the name `a` is that of routes[0] already',
    ],
    [
      'a time that is not for routes',
      routes('[{ pool: web, timeouts: { connect: 1s } }]'),
      '2:35 unknown key `connect`',
      'known: request responseHeaders responseIdle tunnel',
    ],
    [
      'a limit that is not for routes',
      routes('[{ pool: web, limits: { headerBytes: 1KiB } }]'),
      '2:33 unknown key `headerBytes`',
      'known: bodyBytes inFlight',
    ],
    ['no requests at all', routes('[{ pool: web, limits: { inFlight: 0 } }]'), '2:43 expected at least 1'],
    [
      'a chain that does not hold',
      routes('[{ pool: web, chain: [byLaod] }]'),
      '2:31 unknown candidacy function `byLaod`',
      'did you mean `byLoad`?',
    ],
  ])('%s', ([, text, problem, help]) => check(text, problem, help));
});
