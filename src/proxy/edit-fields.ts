import { UNTIL_CLOSE } from '../http1/body.ts';
import { dropNamed } from '../http1/drop-named.ts';
import type { ResponseHead } from '../http1/response-head.ts';
import type { Exchange } from './exchange.ts';
import { answerLinesOf, GUARDED_IN_ANSWER } from './guarded-fields.ts';

/**
 * Marks the fields of a final answer that the route takes out, and gives the lines that it adds. To be called before
 * the answer begins, while the fields of its request are there. Throws for lines that cannot be sent.
 */
export const editFields = ({ record }: Exchange, head: ResponseHead, bytes: Buffer): string => {
  const edits = record.choice?.route.rules?.answerEdits;
  if (edits === undefined) return '';
  const lines = answerLinesOf(edits.lines(record));
  dropNamed(head.fields, bytes, edits.removes, GUARDED_IN_ANSWER);
  return lines;
};

/** What the head of a final answer means for the connection of its client. @param mode how its body is framed. */
export const settleClient = ({ client, engine }: Exchange, head: ResponseHead, mode: number): void => {
  const endsClient = mode === UNTIL_CLOSE || (client.minor === 0 && head.chunked) || !client.hasWholeRequest;
  if (endsClient || engine.isDraining) client.keep = false;
  if (mode === UNTIL_CLOSE) client.endsWithAnswer();
};
