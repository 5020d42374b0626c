import { linesWithout, namesIn } from '../http1/field-lines.ts';
import { FAULT, NO_CONNECT } from './deliver.ts';
import type { EngineContext } from './engine-context.ts';
import type { Exchange } from './exchange.ts';
import { answerLinesOf } from './guarded-fields.ts';
import { dateLine } from './http-date.ts';
import { asksForJson, type OwnAnswer, type OwnBytes, ownBytes } from './own-answer.ts';
import type { ExchangeRecord } from './record.ts';

/** A request that is to be answered with its decision is so in any case, most of all where it went nowhere. */
const withAdditions = (answer: OwnAnswer, { parts }: EngineContext, record: ExchangeRecord): OwnAnswer => {
  const fields = record.wantsExplanation ? (parts.additions?.(record, record.chosen)?.response ?? '') : '';
  return fields === '' ? answer : { ...answer, fields: `${answer.fields ?? ''}${fields}` };
};

/** A rule that fails is told of, and does without. */
const ruled = <T>({ parts }: EngineContext, ask: () => T, otherwise: T): T => {
  try {
    return ask();
  } catch (thrown) {
    parts.onFault(thrown);
    return otherwise;
  }
};

/** What rules have made is sent if it can be: a final answer, that opens no tunnel, with field lines that are ones. */
const sendable = (exchange: Exchange, answer: OwnAnswer): OwnAnswer => {
  const { status, fields = '' } = answer;
  const { record, engine } = exchange;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    engine.parts.onFault(new RangeError(`an answer of our own with status ${status}`));
    return FAULT;
  }
  if (record.method === 'CONNECT' && status < 300) return NO_CONNECT.answer;
  const checked = ruled(engine, () => answerLinesOf(fields), undefined);
  if (checked === undefined) return FAULT;
  return checked === fields ? answer : { ...answer, fields: checked };
};

/** The error page for an answer that has no content of its own. What else the answer says stays: Retry-After, Allow. */
const withPage = ({ record, settings, engine }: Exchange, answer: OwnAnswer): OwnAnswer => {
  const { status, body, isShort } = answer;
  if (status < 400 || body !== undefined || isShort) return answer;
  const { rules } = record.matched ?? {};
  if (!rules?.errorAnswer && !settings.errorAnswer) return answer;
  return ruled(
    engine,
    () => {
      const page = rules?.errorAnswer?.(status, record) ?? settings.errorAnswer?.(status, record);
      if (!page) return answer;
      const fields = answerLinesOf(page.fields ?? '');
      const kept = linesWithout(answer.fields ?? '', namesIn(fields));
      return { ...page, status, fields: `${kept}${fields}` };
    },
    answer,
  );
};

/** The edits that the route makes to answers hold for ours as well. */
const withEdits = ({ record, engine }: Exchange, answer: OwnAnswer): OwnAnswer => {
  const edits = record.matched?.rules?.answerEdits;
  if (!edits || answer.isShort) return answer;
  return ruled(
    engine,
    () => {
      const kept = linesWithout(answer.fields ?? '', edits.removes);
      return { ...answer, fields: `${kept}${answerLinesOf(edits.lines(record))}` };
    },
    answer,
  );
};

/** The bytes of an answer of our own to the request of an exchange, and its status in the record. */
export const answerFor = (exchange: Exchange, given: OwnAnswer): OwnBytes => {
  const { client, record, engine } = exchange;
  const answer = withEdits(exchange, withPage(exchange, sendable(exchange, given)));
  // Where the next request begins is not known, or nothing that this client says is to be trusted.
  if (!client.hasWholeRequest || answer.status === 400) client.keep = false;
  const request = {
    requestId: record.requestId,
    isHead: record.method === 'HEAD',
    wantsJson: asksForJson(record.header('accept')),
    close: !client.keep,
    keepAlive10: client.minor === 0 && client.keep,
  };
  record.status = answer.status;
  return ownBytes(withAdditions(answer, engine, record), request, dateLine(engine.sweep.date));
};
