import type { Chain, FaultKind, Guard, Link } from './chain.ts';
import { messageOf } from './errors.ts';
import { bestAtRandom, bestBy, pickAtRandom } from './making.ts';
import { showServersOf } from './server-stats.ts';
import type { Server } from './types.ts';

/** Sees every link as it is run. Only explanations ask for it. */
export type LinkObserver = (link: Link, before: readonly Server[], after: readonly Server[]) => void;

/** What a cut did; the cuts of a run are strung together, latest first. */
export interface Cut {
  /** Its place in the chain. */
  readonly link: number;
  readonly before: readonly Server[];
  readonly after: readonly Server[];
  /** `before` stands in an order that a link gave it, not as the pool happens to list it. */
  readonly inOrder: boolean;
  readonly earlier: Cut | undefined;
}

/** The state of a run through a chain. */
export interface Run {
  list: readonly Server[];
  /** Servers before and after each link of the chain, in pairs; 0 for links that it has not come to. */
  readonly counts: number[];
  /** A link has put `list` in order. */
  inOrder: boolean;
  cuts: Cut | undefined;
  ended: 'local' | 'refused' | undefined;
  /** A shuffle of `list` was left out: whoever goes by its order has to do it. */
  isUnshuffled: boolean;
  /** The best of the list where the last link only had to find one. */
  best: Server | undefined;
}

/** A run that begins with this list at the first link. */
export const newRun = (links: number, list: readonly Server[]): Run => ({
  list,
  counts: new Array<number>(2 * links).fill(0),
  inOrder: false,
  cuts: undefined,
  ended: undefined,
  isUnshuffled: false,
  best: undefined,
});

/** A run that goes on where another one, which stays as it is, has stopped. It notes its counts in those that it is given. */
export const continuedRun = ({ list, counts, inOrder, cuts, ended }: Run, noted: number[]): Run => {
  for (let i = 0; i < counts.length; i++) noted[i] = counts[i] as number;
  return { list, counts: noted, inOrder, cuts, ended, isUnshuffled: false, best: undefined };
};

/** What a link leaves that failed or is bypassed. Undefined: refuse the request. */
const without = (link: Link, list: readonly Server[]): readonly Server[] | undefined => {
  if (link.onError === 'fail') return undefined;
  return link.onError === 'empty' ? [] : list;
};

const failed = (
  chain: Chain,
  link: Link,
  list: readonly Server[],
  fault: { readonly kind: FaultKind; readonly message: string; readonly thrown?: unknown },
): readonly Server[] | undefined => {
  link.guard?.fault(fault.kind, fault.message, fault.thrown);
  chain.onFault(link, fault.kind, fault.message);
  return without(link, list);
};

/** A user's function gets a frozen list and gives a list of ours, so that it can change neither afterwards. */
const callGuarded = (guard: Guard, link: Link, list: readonly Server[], chain: Chain): readonly Server[] => {
  Object.freeze(list);
  showServersOf(chain.pool);
  guard.enter();
  try {
    const answer = link.run(list, chain.moment);
    return Array.isArray(answer) && answer !== list ? [...answer] : answer;
  } finally {
    const late = guard.leave();
    if (late !== undefined) chain.onFault(link, 'timeout', late);
  }
};

/** Lets the moment answer as this link is to see it. */
const show = ({ moment }: Chain, { estimate, predicted }: Link): void => {
  moment.estimate = estimate;
  moment.prediction = predicted;
};

/** Runs one link. What it throws or wrongly returns never gets further than here. Undefined: refuse the request. */
export const callLink = (
  chain: Chain,
  link: Link,
  list: readonly Server[],
): readonly Server[] | undefined => {
  const { guard } = link;
  if (guard?.bypassed) return without(link, list);
  show(chain, link);
  try {
    const answer = guard ? callGuarded(guard, link, list, chain) : link.run(list, chain.moment);
    const message = chain.check(list, answer);
    return message === undefined ? answer : failed(chain, link, list, { kind: 'bad_result', message });
  } catch (thrown) {
    return failed(chain, link, list, { kind: 'throw', message: messageOf(thrown), thrown });
  }
};

/** The list in random order, where a shuffle of it was left out. */
export const shuffled = (run: Run, list: readonly Server[], random: () => number): readonly Server[] =>
  run.isUnshuffled ? pickAtRandom(list, list.length, random) : list;

/** The last order need only find the best one; the rest is put in order if an attempt fails. */
const findBest = (chain: Chain, link: Link, run: Run): readonly Server[] | undefined => {
  const { moment } = chain;
  const { score, prepare } = link.run;
  if (!score) return run.list;
  show(chain, link);
  try {
    prepare?.(run.list, moment);
    run.best = run.isUnshuffled ? bestAtRandom(run.list, moment, score) : bestBy(run.list, moment, score);
    return run.list;
  } catch (thrown) {
    const list = shuffled(run, run.list, moment.random);
    return failed(chain, link, list, { kind: 'throw', message: messageOf(thrown), thrown });
  }
};

/** What an emptied list means here: the list as it was (undo), or the end of the run. */
const settleEmpty = (chain: Chain, link: Link, run: Run, before: readonly Server[]): void => {
  if (link.emptyIsLocal) run.ended = 'local';
  else if (link.emptyIsRefused) run.ended = 'refused';
  else if (before.length === 0) return;
  else if (chain.whenEmpty === 'undo') run.list = before;
  else run.ended = chain.whenEmpty === 'local' ? 'local' : 'refused';
};

const bestFirst = (best: Server, list: readonly Server[]): readonly Server[] => [
  best,
  ...list.filter((server) => server !== best),
];

/** Writes down what link `i` made of the list. */
const note = (
  chain: Chain,
  i: number,
  run: Run,
  after: readonly Server[],
  observe: LinkObserver | undefined,
): void => {
  const link = chain.links[i] as Link;
  const before = run.list;
  if (chain.times.isOn) chain.times.ended(i);
  run.counts[2 * i] = before.length;
  run.counts[2 * i + 1] = after.length;
  observe?.(link, before, run.best ? bestFirst(run.best, after) : after);
  run.list = after;
  if (after.length === 0) settleEmpty(chain, link, run, before);
  else if (link.kind === 'order' && after !== before) run.inOrder = true;
  else if (link.kind === 'cut' && after.length < before.length)
    run.cuts = { link: i, before, after, inOrder: run.inOrder, earlier: run.cuts };
};

/** A shuffle and the window behind it in one: as many draws as the window keeps. */
const runFused = (chain: Chain, i: number, run: Run, observe: LinkObserver | undefined): void => {
  const size = run.list.length;
  const window = chain.links[i + 1]?.run.window;
  const kept = pickAtRandom(run.list, window ? window(size) : size, chain.moment.random);
  note(chain, i, run, run.list, observe);
  run.inOrder = false;
  note(chain, i + 1, run, kept, observe);
};

/** Whether this link would put the whole list in random order for the next one, which only finds the best. */
const isSpared = ({ breaksTies, run }: Link, size: number): boolean =>
  breaksTies && (run.shuffles === true || (run.samples?.(size) ?? 0) >= size);

/** Runs links `from` up to `to` over `run.list`, leaving in `run` what a decision needs. */
export const runLinks = (chain: Chain, run: Run, from: number, to: number, observe?: LinkObserver): void => {
  for (let i = from; i < to && run.ended === undefined; i++) {
    const link = chain.links[i] as Link;
    if (link.fusedWithNext) {
      runFused(chain, i, run, observe);
      i += 1;
      continue;
    }
    if (isSpared(link, run.list.length)) {
      note(chain, i, run, run.list, observe);
      run.isUnshuffled = true;
      continue;
    }
    const after = link.findsBest ? findBest(chain, link, run) : callLink(chain, link, run.list);
    note(chain, i, run, after ?? run.list, observe);
    if (after === undefined) run.ended = 'refused';
  }
};
