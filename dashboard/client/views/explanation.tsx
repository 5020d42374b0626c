import type { DecisionView, ExplainAnswer } from '../../../src/control/views/views.ts';
import { Bar } from '../parts/marks.tsx';
import { decimal } from '../state/format.ts';

/** What a decision and the answer of explain have in common. */
export type Explained = Pick<
  ExplainAnswer | DecisionView,
  'why' | 'chosen' | 'delivery' | 'redirect' | 'ranked' | 'steps' | 'pool' | 'route'
>;

type Step = Explained['steps'][number];

/** Most servers that are named under one step; a pool may have thousands. */
const NAMED = 20;

const More = ({ all, shown }: { readonly all: number; readonly shown: number }) =>
  all > shown ? <li class="dim">and {all - shown} more</li> : null;

const Dropped = ({ dropped, before, after }: Pick<Step, 'dropped' | 'before' | 'after'>) => (
  <ul class="named">
    {dropped.slice(0, NAMED).map(({ id, reason }) => (
      <li key={id}>
        <span class="minus" aria-hidden="true">
          −
        </span>
        <b>{id}</b> <span class="dim">{reason}</span>
      </li>
    ))}
    <More all={Math.max(dropped.length, before - after)} shown={Math.min(NAMED, dropped.length)} />
  </ul>
);

const Scores = ({ scores }: { readonly scores: NonNullable<Step['scores']> }) => {
  const known = scores.flatMap(({ score }) => (score === null ? [] : [score]));
  const most = Math.max(0, ...known);
  return (
    <ul class="scores" aria-label="Scores, the best first">
      {scores.slice(0, NAMED).map(({ id, score }) => (
        <li key={id}>
          <b>{id}</b>
          <Bar part={most > 0 && score !== null ? score / most : 0} tone="before" />
          <span class="numbers">{score === null ? 'no number' : decimal(score)}</span>
        </li>
      ))}
    </ul>
  );
};

const StepItem = ({ step }: { readonly step: Step }) => {
  const { name, before, after, dropped, scores, note, us } = step;
  return (
    <li aria-label={name}>
      <p class="step">
        <span class="fname">{name}</span>
        <span class="numbers">
          {before} → {after}
        </span>
        <span class="dim us">{decimal(us)}&#8239;µs</span>
      </p>
      {note === undefined ? null : <p class="dim small note">{note}</p>}
      {dropped.length > 0 ? <Dropped dropped={dropped} before={before} after={after} /> : null}
      {scores && scores.length > 0 ? <Scores scores={scores} /> : null}
    </li>
  );
};

/** How a decision ended, in words. */
export const deliveryText = ({ chosen, delivery, redirect }: Omit<Explained, 'pool' | 'route'>): string => {
  if (delivery === 'redirect' && redirect) return `redirected (${redirect.status}) to ${redirect.location}`;
  if (delivery === 'local') return 'served here';
  if (delivery === 'refused') return 'no server';
  return chosen ?? 'no server';
};

/** `byAge 5›5 · byLoad 5›2` */
export const funnelText = ({ steps }: Pick<Explained, 'steps'>): string =>
  steps.map(({ name, before, after }) => `${name} ${before}›${after}`).join(' · ');

/** A decision step by step: who was left after each, whom it dropped and why, and who won. */
export const Explanation = ({ explained }: { readonly explained: Explained }) => {
  const { why, steps, ranked, pool, route } = explained;
  const spares = ranked.slice(1, 1 + NAMED);
  return (
    <div class="explanation">
      <p class="verdict">
        <b>{deliveryText(explained)}</b>
        <span class="dim">
          pool {pool} · route {route}
        </span>
      </p>
      <p class="why">{why}</p>
      <ol class="steps">
        {steps.map((step, i) => (
          <StepItem key={`${i} ${step.name}`} step={step} />
        ))}
      </ol>
      {spares.length > 0 ? <p class="dim small spares">if it fails: {spares.join(', ')}</p> : null}
    </div>
  );
};
