import { type LoadReportFormat, MAX_LOAD_REPORT } from '../core/orca.ts';
import type { Server } from '../core/types.ts';
import { LOAD_BINARY, LOAD_JSON } from '../http1/field-kind.ts';
import type { ResponseHead } from '../http1/response-head.ts';
import type { EngineContext } from './engine-context.ts';

/** The form of what a head says of its server's load. */
export const loadFormatOf = ({ loadReports, loadReportKind }: ResponseHead): LoadReportFormat => {
  if (loadReports > 1) return 'several';
  if (loadReportKind === LOAD_JSON) return 'json';
  return loadReportKind === LOAD_BINARY ? 'binary' : 'text';
};

/** What it says, as latin1; empty where several fields say something. The head stands in `bytes`. */
export const loadTextOf = (
  { loadReports, loadReportStart, loadReportEnd }: ResponseHead,
  bytes: Buffer,
): string => {
  // One byte more than may be read shows that it is too long; what is behind it need not be kept.
  const end = Math.min(loadReportEnd, loadReportStart + MAX_LOAD_REPORT + 1);
  return loadReports > 1 ? '' : bytes.toString('latin1', loadReportStart, end);
};

/** Passes on what the head of a final answer says of its server's load. Call it for heads that say something. */
export const tellLoad = (
  { parts }: EngineContext,
  server: Server,
  head: ResponseHead,
  bytes: Buffer,
): void => {
  if (!parts.loadReport) return;
  parts.loadReport(server, loadFormatOf(head), loadTextOf(head, bytes));
};
