import { type LoadReportFormat, MAX_LOAD_REPORT } from '../core/orca.ts';
import { LOAD_BINARY, LOAD_JSON } from '../http1/field-kind.ts';
import type { ResponseHead } from '../http1/response-head.ts';
import type { Exchange } from './exchange.ts';

const formatOf = ({ loadReports, loadReportKind }: ResponseHead): LoadReportFormat => {
  if (loadReports > 1) return 'several';
  if (loadReportKind === LOAD_JSON) return 'json';
  return loadReportKind === LOAD_BINARY ? 'binary' : 'text';
};

/** Passes on what the head of a final answer says of its server's load. Call it for heads that say something. */
export const tellLoad = ({ engine, record }: Exchange, head: ResponseHead, bytes: Buffer): void => {
  const { parts } = engine;
  if (!parts.loadReport || !record.chosen) return;
  const format = formatOf(head);
  const { loadReportStart: start } = head;
  // One byte more than may be read shows that it is too long; what is behind it need not be kept.
  const end = Math.min(head.loadReportEnd, start + MAX_LOAD_REPORT + 1);
  parts.loadReport(record.chosen, format, format === 'several' ? '' : bytes.toString('latin1', start, end));
};
