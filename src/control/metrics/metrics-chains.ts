import type { ChainView, LinkView } from '../views/views.ts';
import { type FamilyType, labelText, type MetricsText } from './metrics-text.ts';

/** One function of one pool: it may stand in several chains, or twice in one, so its links are summed. */
interface Totals {
  calls: number;
  serversIn: number;
  serversOut: number;
  emptied: number;
  spentMs: number;
  bypassed: number;
  readonly faults: { throw: number; timeout: number; bad_result: number };
}

const nothing = (): Totals => ({
  calls: 0,
  serversIn: 0,
  serversOut: 0,
  emptied: 0,
  spentMs: 0,
  bypassed: 0,
  faults: { throw: 0, timeout: 0, bad_result: 0 },
});

const add = (totals: Totals, link: LinkView): void => {
  totals.calls += link.calls;
  totals.serversIn += link.serversIn;
  totals.serversOut += link.serversOut;
  totals.emptied += link.emptied;
  totals.spentMs += link.spentMs;
  totals.bypassed += link.bypassed ? 1 : 0;
  totals.faults.throw += link.faults.throw;
  totals.faults.timeout += link.faults.timeout;
  totals.faults.bad_result += link.faults.bad_result;
};

const totalsByFunction = (chains: readonly ChainView[]): ReadonlyMap<string, Totals> => {
  const byFunction = new Map<string, Totals>();
  for (const { pool, links } of chains) {
    for (const link of links) {
      const labels = labelText({ pool, function: link.name });
      const totals = byFunction.get(labels) ?? nothing();
      byFunction.set(labels, totals);
      add(totals, link);
    }
  }
  return byFunction;
};

interface ChainFamily {
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string;
  /** Label text behind pool and function, and the value. */
  readonly samples: (totals: Totals) => readonly (readonly [labels: string, value: number])[];
}

const FAMILIES: readonly ChainFamily[] = [
  {
    name: 'forehand_candidacy_candidates_total',
    type: 'counter',
    help: 'Servers that went into and came out of a function.',
    samples: ({ serversIn, serversOut }) => [
      [',stage="in"', serversIn],
      [',stage="out"', serversOut],
    ],
  },
  {
    name: 'forehand_candidacy_calls_total',
    type: 'counter',
    help: 'Calls of a function.',
    samples: ({ calls }) => [['', calls]],
  },
  {
    name: 'forehand_candidacy_duration_seconds_total',
    type: 'counter',
    help: 'Time in a function, seconds, by a sample of its calls.',
    samples: ({ spentMs }) => [['', spentMs / 1000]],
  },
  {
    name: 'forehand_candidacy_errors_total',
    type: 'counter',
    help: 'Calls of a function that failed.',
    samples: ({ faults }) => Object.entries(faults).map(([kind, count]) => [`,kind="${kind}"`, count]),
  },
  {
    name: 'forehand_candidacy_emptied_total',
    type: 'counter',
    help: 'Calls of a function that left no server.',
    samples: ({ emptied }) => [['', emptied]],
  },
  {
    name: 'forehand_candidacy_bypassed',
    type: 'gauge',
    help: 'Links of a function that are passed over after faults.',
    samples: ({ bypassed }) => [['', bypassed]],
  },
];

/** The funnel: what went into each candidacy function and what came out, and what went wrong in it. */
export const writeChainFamilies = (text: MetricsText, chains: readonly ChainView[]): void => {
  const functions = totalsByFunction(chains);
  for (const { name, type, help, samples } of FAMILIES) {
    text.family(name, type, help);
    for (const [labels, totals] of functions)
      for (const [more, value] of samples(totals)) text.sample(labels + more, value);
  }
};
