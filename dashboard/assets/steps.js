import { make } from './dom.js';
import { decimal } from './format.js';

/** @import { ExplainedStep, Explanation } from '../../src/core/explain.ts' */

/** Most servers that are named under one step; a pool may have thousands. */
const NAMED = 20;

/** @param {readonly HTMLElement[]} items @param {number} all */
const firstOf = (items, all) => {
  const list = make('ul', 'named', ...items.slice(0, NAMED));
  if (all > NAMED) list.append(make('li', 'dim', `and ${all - NAMED} more`));
  return list;
};

/** @param {ExplainedStep} step */
const droppedList = ({ dropped }) =>
  firstOf(
    dropped
      .slice(0, NAMED)
      .map(({ id, reason }) =>
        make('li', '', make('span', 'minus', '−'), make('b', '', id), make('span', 'dim', reason)),
      ),
    dropped.length,
  );

/** @param {NonNullable<ExplainedStep['scores']>} scores */
const scoreList = (scores) =>
  make(
    'p',
    'scores dim',
    ...scores.slice(0, NAMED).map(({ id, score }) => {
      const value = score === null ? 'no number' : decimal(score);
      return make('span', '', make('b', '', id), ` ${value}`);
    }),
  );

/** @param {ExplainedStep} step */
const stepItem = (step) => {
  const { name, before, after, dropped, scores, note, us } = step;
  const head = make('p', 'step', make('span', 'name', name));
  head.append(
    make('span', 'numbers', `${before} → ${after}`),
    make('span', 'dim us', `${decimal(us)}\u202fµs`),
  );
  const item = make('li', '', head);
  if (note !== undefined) item.append(make('p', 'dim small note', note));
  if (dropped.length > 0) item.append(droppedList(step));
  if (scores && scores.length > 0) item.append(scoreList(scores));
  return item;
};

/** How a decision ended, in words. @param {Explanation} explanation */
export const deliveryText = ({ chosen, delivery, redirect }) => {
  if (delivery === 'redirect' && redirect) return `redirected (${redirect.status}) to ${redirect.location}`;
  if (delivery === 'local') return 'served here';
  if (delivery === 'refused') return 'no server';
  return chosen ?? 'no server';
};

/** The steps of a decision with whom each dropped and why. @param {Explanation} explanation */
export const stepList = ({ steps, ranked }) => {
  const list = make('ol', 'steps', ...steps.map(stepItem));
  const spares = ranked.slice(1, 1 + NAMED);
  const box = make('div', '', list);
  if (spares.length > 0) box.append(make('p', 'dim small spares', `if it fails: ${spares.join(', ')}`));
  return box;
};

/** `byAge 5›5 · byLoad 5›2` @param {Explanation} explanation */
export const funnelText = ({ steps }) =>
  steps.map(({ name, before, after }) => `${name} ${before}›${after}`).join(' · ');
