import { messageOf } from '../core/errors.ts';
import type { OwnAnswer } from './answer.ts';
import { FieldBuilder, type Fields } from './fields.ts';
import type { ExchangeRecord } from './record.ts';
import { type Changes, change, changesOf, fieldsOf, isOursInAnswer } from './rules.ts';

/** Tells of something that rules have done wrong. */
export const warnOfRule = (thrown: unknown): void =>
  process.emitWarning(`a rule has failed: ${messageOf(thrown)}`, 'ForehandWarning');

/** A rule that fails is told of, and does without. */
const ruled = <T>(ask: () => T, otherwise: T): T => {
  try {
    return ask();
  } catch (thrown) {
    warnOfRule(thrown);
    return otherwise;
  }
};

/** What the rules of the route change of an answer; `faulty` where that cannot be sent. */
export const answerChanges = (record: ExchangeRecord): Changes | undefined | 'faulty' =>
  ruled<Changes | undefined | 'faulty'>(() => record.answerChanges, 'faulty');

const joined = (...all: readonly (Fields | OwnAnswer['fields'])[]): Fields => {
  const to = new FieldBuilder();
  for (const fields of all)
    for (const [name, value] of Object.entries(fields ?? {})) {
      to.remove(name.toLowerCase());
      for (const one of [value].flat()) to.add(name, one);
    }
  return to.fields;
};

/** The error page for an answer that has no content of its own. What else the answer says stays. */
const withPage = (answer: OwnAnswer, { matched, settings, view }: ExchangeRecord): OwnAnswer => {
  const { status, body } = answer;
  if (status < 400 || body !== undefined) return answer;
  return ruled(() => {
    const page = matched?.rules?.errorAnswer?.(status, view) ?? settings.errorAnswer?.(status, view);
    if (!page) return answer;
    const { body: content, reason } = page;
    return {
      ...answer,
      reason,
      fields: joined(answer.fields, fieldsOf(page)),
      ...(content ? { body: content } : {}),
    };
  }, answer);
};

const withEdits = (answer: OwnAnswer, { matched, view }: ExchangeRecord): OwnAnswer => {
  const edits = matched?.rules?.answerEdits;
  if (!edits) return answer;
  return ruled(() => {
    const to = new FieldBuilder();
    for (const [name, value] of Object.entries(answer.fields ?? {}))
      for (const one of [value].flat()) to.add(name, one);
    change(to, changesOf(edits, view, isOursInAnswer));
    return { ...answer, fields: to.fields };
  }, answer);
};

/** An answer of our own as the rules of its route want it: with their error page, and their edits. */
export const ruledAnswer = (answer: OwnAnswer, record: ExchangeRecord): OwnAnswer =>
  withEdits(withPage(answer, record), record);
