import { parseAddressRule } from '../../src/core/accept.ts';
import { Board } from '../../src/core/board.ts';
import type { Refusal, Report } from '../../src/core/report.ts';
import type { Claim, ReportSource } from '../../src/core/report-source.ts';
import type { Subscriber } from '../../src/state/driver.ts';
import { type TokenSpec, Tokens } from '../../src/state/tokens.ts';
import { SAME_KEY_ID } from './support.ts';

export type Random = () => number;
export const below = (random: Random, end: number): number => Math.floor(random() * end);
export const oneOf = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)]!;

const [known, unknown] = SAME_KEY_ID;
/** Of the same key id as a token that is known. */
export const STRANGER = unknown;
export const ALL = 'a-token-for-everything';
export const WEB = 'a-token-for-the-pool-web';
export const FAR = 'a-token-of-another-network';
export const TOKENS: readonly TokenSpec[] = [
  { name: 'all', token: ALL },
  { name: 'same', token: known },
  { name: 'web', token: WEB, pools: ['web'] },
  { name: 'far', token: FAR, from: [parseAddressRule('10.0.0.0/8')!] },
];
export const theFuzzTokens = (): Tokens => new Tokens(TOKENS);

/** A board with two pools; agents may announce into one of them. */
export const theFuzzBoard = (): Board => {
  const board = new Board();
  const aServer = (url: string) => ({ id: url, url: new URL(url), tags: [] });
  board.configure([
    {
      name: 'web',
      servers: [aServer('http://10.0.0.1:3001')],
      accept: [parseAddressRule('10.0.0.0/8:3000-3099')!],
    },
    { name: 'api', servers: [aServer('http://10.1.0.1:4001')], accept: [] },
  ]);
  return board;
};

/** Counts what a board takes and what is refused, by it or before it. */
export class Count implements Subscriber {
  readonly board: Board;
  readonly #now: () => number;
  readonly codes = new Map<string, number>();
  readonly taken: { readonly report: Report; readonly source: ReportSource }[] = [];
  total = 0;
  refusals = 0;
  last: Refusal | undefined;

  constructor(board: Board, now: () => number) {
    this.board = board;
    this.#now = now;
  }

  hear(report: Report, source: ReportSource): Refusal | undefined {
    const refusal = this.board.hear(report, source, this.#now());
    if (refusal) this.refused(refusal);
    else {
      this.total += 1;
      this.taken.push({ report, source });
    }
    return refusal;
  }

  refused(refusal: Refusal, _source?: unknown, claim?: Claim): void {
    if (claim) this.board.refuse(claim, refusal);
    this.total += 1;
    this.refusals += 1;
    this.last = refusal;
    this.codes.set(refusal.code, (this.codes.get(refusal.code) ?? 0) + 1);
  }
}

const AGENTS = 6;
/** Boots that a board knows for replaced ones; so many restarts may be younger than a datagram that is taken. */
const RESTART_EVERY = 10_000;

/** Agents that hold a token, as they would be: each report newer than the last, now and then a restart. */
export class Fleet {
  readonly #random: Random;
  readonly #agents: { boot: number; seq: number; retired?: number }[];
  #restartedAt = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#agents = Array.from({ length: AGENTS }, () => ({ boot: 0, seq: 0 }));
  }

  /** The next report of any of them; it must get to its board. */
  next(now: number): Report {
    const index = below(this.#random, AGENTS);
    const agent = this.#agents[index]!;
    if (now - this.#restartedAt > RESTART_EVERY) {
      this.#restartedAt = now;
      if (agent.seq > 0) agent.retired = agent.boot;
      agent.boot += 1;
      agent.seq = 0;
    }
    agent.seq += 1;
    return this.#report(index, agent.boot, agent.seq);
  }

  /** What would be the next report of one of them, to be spoilt. */
  sketch(): Report {
    const index = below(this.#random, AGENTS);
    const { boot, seq } = this.#agents[index]!;
    return this.#report(index, boot, seq + 1);
  }

  /** A report of a boot that was replaced, or with a number that was used, if there was one. */
  stale(): Report | undefined {
    const index = below(this.#random, AGENTS);
    const { boot, seq, retired } = this.#agents[index]!;
    if (retired !== undefined && this.#random() < 0.5) return this.#report(index, retired, 2 ** 53 - 1);
    return seq > 0 ? this.#report(index, boot, below(this.#random, seq + 1)) : undefined;
  }

  #report(index: number, boot: number, seq: number): Report {
    return aFuzzReport({ node: `n${index}`, boot: `b${boot}`, seq, ...serversOf(index) });
  }
}

const serversOf = (index: number): Pick<Report, 'servers'> => ({
  servers: [{ url: `http://10.0.0.${index + 1}:3001`, pool: 'web', tags: [`t${index}`] }],
});

export const aFuzzReport = (facts: Partial<Report>): Report => ({
  v: 1,
  node: 'n0',
  boot: 'b0',
  seq: 1,
  stats: { load1: 0.5, cpuIdle: 0.75, cpus: 2, inFlight: 3, pressure: { cpu: 0.1 }, custom: { queue: 1 } },
  servers: [],
  ...facts,
});

const withField = (path: 'stats' | 'report' | 'server', json: string): string => {
  const server = `{"url":"http://10.0.0.99:3001","pool":"web"${path === 'server' ? `,${json}` : ''}}`;
  const stats = `{"load1":1${path === 'stats' ? `,${json}` : ''}}`;
  const rest = path === 'report' ? `,${json}` : '';
  return `{"v":1,"node":"evil","boot":"b","seq":1,"stats":${stats},"servers":[${server}]${rest}}`;
};
const withUrl = (url: string, pool = 'web'): string =>
  `{"v":1,"node":"evil","boot":"b","seq":1,"stats":{},"servers":[{"url":${JSON.stringify(url)},"pool":"${pool}"}]}`;
const withNode = (node: string): string =>
  `{"v":1,"node":"${node}","boot":"b","seq":1,"stats":{},"servers":[]}`;

/** Beside what nobody may take: the same without what is wrong with it. */
export const HARMLESS: readonly string[] = [
  withField('stats', '"cpus":1'),
  withField('report', '"x":[[{}]]'),
  withField('server', '"tags":["a"]'),
  withUrl('http://10.0.0.99:3001'),
  withNode('a-name'),
  withField('stats', '"load1":-0'),
  withField('stats', '"x":"\\ud800\\u0000"'),
];

/** What nobody may take, whoever signed it. Every text fits into a datagram that is read. */
export const HOSTILE: readonly string[] = [
  '',
  'null',
  '0',
  '"report"',
  '{}',
  '[]',
  '\u0000',
  '\ufeff{}',
  '{"v":1',
  '['.repeat(8000),
  `${'['.repeat(3000)}${']'.repeat(3000)}`,
  `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`,
  withField('report', `"x":${'['.repeat(12)}${']'.repeat(12)}`),
  withField('stats', `"x":${'{"a":'.repeat(12)}1${'}'.repeat(12)}`),
  withField('report', '"__proto__":{"polluted":1}'),
  withField('report', '"\\u005f_proto__":{"polluted":1}'),
  withField('stats', '"__proto__":{"load1":1}'),
  withField('stats', '"custom":{"__proto__":1}'),
  withField('server', '"__proto__":null'),
  withField('stats', '"load1":-1'),
  withField('stats', '"load1":1e308'),
  withField('stats', '"load1":1e999'),
  withField('stats', '"load1":-1e999'),
  withField('stats', '"load1":NaN'),
  withField('stats', '"load1":Infinity'),
  withField('stats', '"load1":"1"'),
  withField('stats', '"load1":null'),
  withField('stats', '"load1":[1]'),
  withField('stats', '"load1":{"valueOf":1}'),
  withField('stats', '"cpuIdle":1.0000001'),
  withField('stats', '"cpus":0'),
  withField('stats', '"cpus":1e-9'),
  withField('stats', '"arriba":0'),
  withField('stats', '"memoryTotal":1e300'),
  withField('stats', '"inFlight":10000001'),
  withField('stats', '"arribaFrom":"a b"'),
  withField('stats', '"arribaFrom":7'),
  withField('stats', '"slots":{"total":1}'),
  withField('stats', '"slots":{"total":1,"available":-1}'),
  withField('stats', '"slots":[]'),
  withField('stats', '"pressure":{"cpu":2}'),
  withField('stats', '"pressure":null'),
  withField('stats', '"custom":{"a b":1}'),
  withField('stats', '"custom":{"":1}'),
  withField('stats', '"custom":{"\\u0000":1}'),
  withField('stats', '"custom":{"\\ud800":1}'),
  withField('stats', '"custom":{"a":1e16}'),
  withField('stats', `"custom":{${Array.from({ length: 65 }, (_, i) => `"c${i}":1`).join()}}`),
  withField('server', '"stats":[]'),
  withField('server', '"stats":{"load1":-1}'),
  withField('server', '"tags":"big"'),
  withField('server', '"tags":["a b"]'),
  withField('server', '"tags":[["a"]]'),
  withField('server', `"tags":[${Array.from({ length: 33 }, (_, i) => `"t${i}"`).join()}]`),
  withField('server', '"pool":"nowhere"'),
  withField('server', '"pool":"__proto__"'),
  withField('server', '"pool":"constructor"'),
  withField('server', '"pool":7'),
  withField('report', '"v":2'),
  withField('report', '"v":"1"'),
  withField('report', '"v":[1]'),
  withField('report', '"seq":-1'),
  withField('report', '"seq":1.5'),
  withField('report', '"seq":9007199254740992'),
  withField('report', '"seq":"1"'),
  withField('report', '"boot":""'),
  withField('report', '"boot":7'),
  withField('report', `"boot":"${'b'.repeat(129)}"`),
  withField('report', '"stats":null'),
  withField('report', '"stats":[]'),
  withField('report', '"servers":{"length":1}'),
  withField('report', '"servers":null'),
  withField('report', '"servers":[null]'),
  withField('report', '"servers":[[]]'),
  withField('report', `"servers":[${'{},'.repeat(256)}{}]`),
  withNode(''),
  withNode('a b'),
  withNode('\\u0000'),
  withNode('\\ud800'),
  withNode('ä'),
  withNode('<script>'),
  withNode('a\\n'),
  withNode('n'.repeat(129)),
  ...[
    'http://10.0.0.99:3001/path',
    'http://10.0.0.99:3001?x',
    'http://10.0.0.99:3001#x',
    'http://user@10.0.0.99:3001',
    'http://10.0.0.99:3001@evil.example:80',
    'http://10.0.0.99:3001\\@evil.example',
    'http:\\\\10.0.0.99:3001',
    'http:10.0.0.99:3001',
    'http:///10.0.0.99:3001',
    '//10.0.0.99:3001',
    'http://10.0.0.99:0',
    'http://10.0.0.99:99999',
    'http://10.0.0.99:-1',
    'http://10.0.0.99:3001 ',
    ' http://10.0.0.99:3001',
    'http://10.0.0.99:30\t01',
    'http://10.0.0.99:3001\n',
    'http://',
    'http://:3001',
    'ftp://10.0.0.99:3001',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'unix:/run/x',
    'http://10.0.0.99:3100',
    'http://10.0.0.99',
    'http://11.0.0.1:3001',
    'http://127.0.0.1:3001',
    'http://localhost:3001',
    'http://0:3001',
    'http://0x7f.1:3001',
    'http://2130706433:3001',
    'http://[::1]:3001',
    'http://[::ffff:11.0.0.1]:3001',
    'http://[fe80::1%25eth0]:3001',
    'http://xn--:3001',
    'http://exämple.test:3001',
    'http://\u2460\u2460.0.0.1:3001',
    'http://10.0.0.99%00:3001',
    'http://10.0.0.256:3001',
    `http://${'a'.repeat(600)}:3001`,
  ].map((url) => withUrl(url)),
  withUrl('https://10.0.0.1:3001'),
  withUrl('http://10.0.0.2:3001', 'api'),
];

const NAME = /^[\w.:@/-]{1,128}$/;

/** The rules of a report once more, written from the documentation and not from the code that is tried. */
export const isLawful = ({ node, boot, seq, stats, servers }: Report): boolean => {
  const numbers = [stats, ...servers.flatMap((server) => server.stats ?? [])].flatMap((one) => [
    ...[one.load1, one.cpus, one.cpuIdle, one.inFlight, one.arriba, one.memoryTotal, one.serviceTime],
    ...Object.values(one.custom ?? {}),
    ...Object.values(one.pressure ?? {}),
    ...Object.values(one.slots ?? {}),
  ]);
  return (
    numbers.every((value) => value === undefined || Number.isFinite(value)) &&
    [stats, ...servers.map((server) => server.stats ?? {})].every(
      ({ cpuIdle = 0, load1 = 0 }) => cpuIdle <= 1 && load1 >= 0,
    ) &&
    NAME.test(node) &&
    NAME.test(boot) &&
    Number.isSafeInteger(seq) &&
    seq >= 0 &&
    servers.length <= 256 &&
    servers.every(({ url, pool }) => {
      const { protocol, hostname, port, username, pathname, search, hash } = new URL(url);
      const bare =
        protocol === 'http:' && username === '' && pathname === '/' && search === '' && hash === '';
      if (pool === 'api') return bare && hostname === '10.1.0.1' && port === '4001';
      return bare && pool === 'web' && /^10\.\d+\.\d+\.\d+$/.test(hostname) && /^30\d\d$/.test(port);
    })
  );
};
