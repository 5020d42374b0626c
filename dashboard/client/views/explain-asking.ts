import { signal } from '@preact/signals';
import type { DecisionView, ExplainAnswer, ExplainQuestion } from '../../../src/control/views/views.ts';
import { messageOf, post } from '../live/api.ts';

/** What is shown: a decision that was made, or the answer to a question; a later answer stands beside it. */
export interface Shown {
  readonly question: ExplainQuestion;
  /** The real decision; undefined where the reader asked. */
  readonly decision: DecisionView | undefined;
  readonly answer: ExplainAnswer | undefined;
  /** How often it was asked again. */
  readonly times: number;
  readonly fault: string;
}

export const shown = signal<Shown | undefined>(undefined);

/** The fields of the form. */
export const form = {
  url: signal('/'),
  method: signal('GET'),
  from: signal(''),
  headers: signal(''),
};

/** Header fields from one `name: value` a line. Throws on a line that is none. */
export const headersOf = (text: string): Record<string, string> => {
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

const questionInForm = (): ExplainQuestion => {
  const from = form.from.value.trim();
  return {
    url: form.url.value.trim(),
    method: form.method.value.trim() || 'GET',
    headers: headersOf(form.headers.value),
    ...(from ? { from } : {}),
  };
};

/** What a client would ask to get this decision again. Which header fields it sent, nobody has kept. */
export const questionOf = ({ request }: DecisionView): ExplainQuestion => ({
  url: request.host ? `http://${request.host}${request.path}` : request.path,
  method: request.method,
  headers: {},
  ...(request.clientIp ? { from: request.clientIp } : {}),
});

const ask = async (question: ExplainQuestion, decision: DecisionView | undefined): Promise<void> => {
  const times = (shown.value?.times ?? 0) + 1;
  try {
    const answer = await post<ExplainAnswer>('/api/v1/explain', question);
    shown.value = { question, decision, answer, times, fault: '' };
  } catch (thrown) {
    shown.value = { question, decision, answer: undefined, times, fault: messageOf(thrown) };
  }
};

/** Asks what the form says. */
export const askForm = async (): Promise<void> => {
  try {
    await ask(questionInForm(), undefined);
  } catch (thrown) {
    const question = { url: form.url.value };
    shown.value = { question, decision: undefined, answer: undefined, times: 0, fault: messageOf(thrown) };
  }
};

/** Asks the same again, with the stats of now. */
export const askAgain = async (): Promise<void> => {
  if (shown.value) await ask(shown.value.question, shown.value.decision);
};

/** Shows a decision that was made, and puts its request into the form. */
export const showDecision = (decision: DecisionView): void => {
  const question = questionOf(decision);
  form.url.value = question.url;
  form.method.value = question.method ?? 'GET';
  form.from.value = question.from ?? '';
  form.headers.value = '';
  shown.value = { question, decision, answer: undefined, times: 0, fault: '' };
};
