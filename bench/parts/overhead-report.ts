import { table } from '../../src/cli/table.ts';
import { median } from './median.ts';

/** What one pass of one proxy in one scenario came to. */
export interface Sample {
  readonly scenario: string;
  readonly proxy: string;
  /** CPU time in microseconds. */
  readonly cpuPerRequest: number;
}

/** What one proxy may cost at most in a scenario, as a multiple of what another costs. */
interface Bar {
  readonly scenarios: readonly string[];
  readonly proxies: readonly string[];
  readonly to: string;
  readonly most: number;
}

const KEPT = ['get1k', 'headers13', 'get64k', 'post1k'];
const BARS: readonly Bar[] = [
  { scenarios: KEPT, proxies: ['forehand_raw'], to: 'nginx', most: 1.25 },
  { scenarios: KEPT, proxies: ['forehand_raw'], to: 'haproxy', most: 1 },
  { scenarios: KEPT, proxies: ['forehand_net'], to: 'haproxy', most: 1.3 },
  {
    scenarios: ['get1k', 'headers13', 'post1k'],
    proxies: ['forehand_raw', 'forehand_net'],
    to: 'http_proxy',
    most: 0.3,
  },
  { scenarios: ['get64k'], proxies: ['forehand_raw', 'forehand_net'], to: 'http_proxy', most: 0.4 },
  { scenarios: ['newconn'], proxies: ['forehand_raw'], to: 'haproxy', most: 1.5 },
];

const OWN = ['forehand_raw', 'forehand_net'];
const PEERS = ['nginx', 'haproxy', 'http_proxy'];

/** Medians by scenario and proxy, in microseconds with two decimals. */
export type Medians = Readonly<Record<string, Readonly<Record<string, number>>>>;

const namesIn = (samples: readonly Sample[], kind: 'scenario' | 'proxy'): readonly string[] => [
  ...new Set(samples.map((sample) => sample[kind])),
];

const valuesOf = (samples: readonly Sample[], scenario: string, proxy: string): readonly number[] =>
  samples
    .filter((sample) => sample.scenario === scenario && sample.proxy === proxy)
    .map(({ cpuPerRequest }) => cpuPerRequest);

/** The median of each proxy in each scenario. */
export const mediansOf = (samples: readonly Sample[]): Medians =>
  Object.fromEntries(
    namesIn(samples, 'scenario').map((scenario) => [
      scenario,
      Object.fromEntries(
        namesIn(samples, 'proxy').map((proxy) => [
          proxy,
          Number(median(valuesOf(samples, scenario, proxy)).toFixed(2)),
        ]),
      ),
    ]),
  );

const costs = (samples: readonly Sample[]): string => {
  const proxies = namesIn(samples, 'proxy');
  const cell = (values: readonly number[]): string =>
    `${median(values).toFixed(2)} (${Math.min(...values).toFixed(1)}-${Math.max(...values).toFixed(1)})`;
  return table([
    ['CPU us/request', ...proxies],
    ...namesIn(samples, 'scenario').map((scenario) => [
      scenario,
      ...proxies.map((proxy) => cell(valuesOf(samples, scenario, proxy))),
    ]),
  ]);
};

const ratio = (value: number, bar: Bar | undefined): string => {
  if (!bar) return value.toFixed(2);
  return value <= bar.most
    ? `${value.toFixed(2)} <= ${bar.most}`
    : `${value.toFixed(2)} >  ${bar.most} MISSED`;
};

const ratios = (medians: Medians): string => {
  const scenarios = Object.keys(medians);
  const row = (own: string, peer: string): readonly string[] => [
    `${own} / ${peer}`,
    ...scenarios.map((scenario) => {
      const bar = BARS.find(
        (each) => each.proxies.includes(own) && each.to === peer && each.scenarios.includes(scenario),
      );
      return ratio((medians[scenario]?.[own] ?? Number.NaN) / (medians[scenario]?.[peer] ?? Number.NaN), bar);
    }),
  ];
  const has = (name: string): boolean =>
    Object.values(medians).every((byProxy) => Object.hasOwn(byProxy, name));
  const pairs = OWN.flatMap((own) => PEERS.map((peer) => [own, peer] as const));
  return table([
    ['against the bars', ...scenarios],
    ...pairs.filter((pair) => pair.every(has)).map(([own, peer]) => row(own, peer)),
  ]);
};

/** Two tables for people: what each proxy costs (median, lowest, highest), and forehand's ratios against their bars. */
export const overheadReport = (samples: readonly Sample[]): string =>
  `${costs(samples)}\n${ratios(mediansOf(samples))}`;
