import type { ExplainedStep } from '../../core/explain.ts';
import type { DecisionView } from '../views/views.ts';

/** The field that a request is answered with its decision in. */
export const DECISION_FIELD = 'X-Forehand-Decision';
/** Longest field line: many clients and proxies take 8 KiB of fields in all. */
const MOST_BYTES = 4096;
/** Most characters of a note, and of other texts where all of them would be too long. */
const TEXT_KEPT = 400;
/** How many entries of each list of a step are shown, tried in turn until the field is short enough. */
const ENTRIES_TRIED = [20, 5, 1, 0] as const;

const shortened = (step: ExplainedStep, entries: number): object => {
  const { name, before, after, dropped, scores, note, us } = step;
  return {
    name,
    before,
    after,
    us,
    ...(note !== undefined && entries > 0 ? { note: note.slice(0, TEXT_KEPT) } : {}),
    ...(dropped.length > 0 && entries > 0 ? { dropped: dropped.slice(0, entries) } : {}),
    ...(scores && entries > 0 ? { scores: scores.slice(0, entries) } : {}),
  };
};

/** As JSON in ASCII: a field may have no other characters (RFC 9110, 5.5). */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** What is known of the request when its answer begins. */
export interface Answering {
  /** The server of the last attempt, which is another than the chosen one after a failure. */
  readonly server?: string | undefined;
  readonly attempts: number;
}

/**
 * A decision as the value of a header field: compact JSON in ASCII, at most 4 KiB. Where it would be longer, lists of
 * reasons and scores are cut first, then they and the notes go, then the steps become names with their counts.
 */
export const decisionField = (view: DecisionView, { server, attempts }: Answering): string => {
  const { chosen, why, delivery, pool, route, seed, ranked, steps } = view;
  const known = { chosen, why, delivery, pool, route, seed, attempts, server: server ?? null };
  for (const entries of ENTRIES_TRIED) {
    const text = asciiJson({
      ...known,
      ranked: ranked.slice(0, entries),
      steps: steps.map((step) => shortened(step, entries)),
    });
    if (text.length <= MOST_BYTES) return text;
  }
  const counts = steps.map(({ name, before, after }) => `${name} ${before}>${after}`).join(', ');
  const cut = { ...known, why: why.slice(0, TEXT_KEPT), steps: counts.slice(0, TEXT_KEPT) };
  const text = asciiJson(cut);
  return text.length <= MOST_BYTES ? text : asciiJson({ chosen, delivery, seed, attempts });
};
