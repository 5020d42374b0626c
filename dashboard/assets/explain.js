import { byId, make } from './dom.js';
import { deliveryText, stepList } from './steps.js';

/** @import { ExplainAnswer, ExplainQuestion } from '../../src/control/views.ts' */

const TIME_LIMIT_MS = 10_000;

/** @param {string} text One `name: value` a line. */
const headersOf = (text) => {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const bad = lines.find((line) => line.indexOf(':') < 1);
  if (bad !== undefined) throw new Error(`expected "name: value", got "${bad}"`);
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    }),
  );
};

/** @param {HTMLFormElement} form @returns {ExplainQuestion} */
const questionOf = (form) => {
  const fields = new FormData(form);
  /** @param {string} name */
  const text = (name) => String(fields.get(name) ?? '').trim();
  const from = text('from');
  return {
    url: text('url'),
    method: text('method') || 'GET',
    headers: headersOf(String(fields.get('headers') ?? '')),
    ...(from ? { from } : {}),
  };
};

/** @param {ExplainQuestion} question @returns {Promise<ExplainAnswer>} */
const ask = async (question) => {
  const response = await fetch('/api/v1/explain', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(question),
    signal: AbortSignal.timeout(TIME_LIMIT_MS),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error?.message ?? `the proxy answered ${response.status}`);
  return answer;
};

/** @param {ExplainAnswer} answer */
const answerNodes = (answer) => {
  const verdict = make('p', 'verdict', make('b', '', deliveryText(answer)));
  verdict.append(make('span', 'dim', `pool ${answer.pool} · route ${answer.route}`));
  return [verdict, make('p', 'why', answer.why), stepList(answer)];
};

export const startExplain = () => {
  const form = byId('explain');
  const output = byId('explanation');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (!(form instanceof HTMLFormElement)) return;
    try {
      output.replaceChildren(...answerNodes(await ask(questionOf(form))));
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      output.replaceChildren(make('p', 'fault', message));
    }
  });
};
