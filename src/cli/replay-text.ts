import { type EffectFigures, type EffectView, MOST_SAMPLES } from '../recording/effect.ts';
import type { Difference } from '../recording/replay.ts';
import type { FilesResult } from '../recording/replay-files.ts';
import { explanationText } from './explain.ts';
import { table } from './table.ts';

/** Fewer independent samples than that say nothing about a 99th percentile. */
const ENOUGH = 200;
/** Less in common, and most of what the other chain does was never tried. */
const LEAST_OVERLAP = 0.5;
/** Most servers in the table of shares: those that change most. */
const MOST_SERVERS = 20;

const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
const millis = (time: number): string => (Number.isNaN(time) ? '-' : time.toFixed(1));

const shareLines = (share: FilesResult['share']): readonly string[] => {
  const rows = Object.entries(share)
    .toSorted(([, [a, b]], [, [c, d]]) => Math.abs(d - c) - Math.abs(b - a))
    .slice(0, MOST_SERVERS)
    .map(([id, [before, after]]) => [id, percent(before), percent(after)]);
  return [table([['server', 'before', 'after'], ...rows]).trimEnd()];
};

const differenceLine = ({ decision, file, pool, path, before, after }: Difference): string =>
  `  decision ${decision} (${file}, pool ${pool}, ${path}): ${before ?? 'nobody'} then, ${after ?? 'nobody'} now`;

const figures = (name: string, { mean, p99, failures }: EffectFigures): readonly string[] => [
  name,
  millis(mean),
  millis(p99),
  percent(failures),
];

/** Whether more decisions would not help: as many as are ever drawn again would say too little. */
const areTooDifferent = ({ samples, effectiveSamples, overlap }: EffectView): boolean =>
  samples > 0 && (overlap < LEAST_OVERLAP || (MOST_SAMPLES * effectiveSamples) / samples < ENOUGH);

const effectLines = (effect: EffectView): readonly string[] => {
  const { samples, effectiveSamples, overlap, before, after } = effect;
  const worth = Math.floor(effectiveSamples);
  const basis = `${samples} decisions drawn again, worth ${worth}; ${percent(overlap)} of the other chain's picks are picks that the recorded one makes too`;
  if (areTooDifferent(effect))
    return [`Response times cannot be estimated: the two chains choose too differently (${basis}).`];
  if (effectiveSamples < ENOUGH)
    return [
      `Response times cannot be estimated: too few decisions: worth ${worth} of the ${ENOUGH} that it takes.`,
    ];
  return [
    `Estimated from the recorded outcomes (${basis}):`,
    table([
      ['', 'mean ms', 'p99 ms', 'failed'],
      figures('as it was', before),
      figures('other chain', after),
    ]).trimEnd(),
  ];
};

const NO_FEEDBACK =
  'There is no feedback in a replay: what a server would have been sent instead does not slow it down here. `forehand simulate` has feedback.';

/** What a replay came to, for people. */
export const replayText = (result: FilesResult, isTrial: boolean): string => {
  const { decisions, different, lost, checksum, forgotten, effect, explanation } = result;
  const part = percent(different / Math.max(1, decisions));
  const notes = [
    ...(lost > 0 ? [`${lost} decisions are missing in the trace.`] : []),
    ...forgotten.map((key) => `The memories of ${key} could not be recorded; they started anew.`),
  ];
  const told = result.differences.map(differenceLine);
  const verdict = isTrial
    ? `${decisions} decisions, of which the other chain makes ${different} otherwise (${part})`
    : `${decisions} decisions, ${different === 0 ? 'all as they were' : `${different} not as they were (${part})`}`;
  const trial = isTrial
    ? [...shareLines(result.share), ...(effect ? effectLines(effect) : []), NO_FEEDBACK]
    : told;
  const explained = explanation ? [explanationText(explanation)] : [];
  return `${[`${verdict}   checksum ${checksum}`, ...notes, ...trial, ...explained].join('\n')}\n`;
};
