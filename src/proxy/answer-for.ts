import type { EngineContext } from './engine-context.ts';
import type { Exchange } from './exchange.ts';
import { dateLine } from './http-date.ts';
import { asksForJson, type OwnAnswer, ownAnswer } from './own-answer.ts';
import type { ExchangeRecord } from './record.ts';

/** A request that is to be answered with its decision is so in any case, most of all where it went nowhere. */
const withAdditions = (answer: OwnAnswer, { parts }: EngineContext, record: ExchangeRecord): OwnAnswer => {
  const fields = record.wantsExplanation ? (parts.additions?.(record)?.response ?? '') : '';
  return fields === '' ? answer : { ...answer, fields: `${answer.fields ?? ''}${fields}` };
};

/** The bytes of an answer of our own to the request of an exchange, and its facts in the record. */
export const answerFor = ({ client, record, engine }: Exchange, answer: OwnAnswer): Buffer => {
  // Where the next request begins is not known, or nothing that this client says is to be trusted.
  if (!client.hasWholeRequest || answer.status === 400) client.keep = false;
  const request = {
    requestId: record.requestId,
    isHead: record.method === 'HEAD',
    wantsJson: asksForJson(record.header('accept')),
    close: !client.keep,
    keepAlive10: client.minor === 0 && client.keep,
  };
  const bytes = ownAnswer(withAdditions(answer, engine, record), request, dateLine(engine.sweep.date));
  record.status = answer.status;
  record.bytesOut = bytes.length;
  return bytes;
};
