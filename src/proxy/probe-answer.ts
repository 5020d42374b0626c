import type { LoadReportFormat } from '../core/orca.ts';
import type { Millis } from '../core/types.ts';
import { NO_BODY, responseBody } from '../http1/body.ts';
import { persists } from '../http1/connection-options.ts';
import type { FinalHead } from './final-head.ts';
import { loadFormatOf, loadTextOf } from './load-report.ts';

/** An unused connection is kept that long, or until shortly before the server says that it ends it. */
export const KEPT: Millis = 60_000;
const BEFORE_END: Millis = 500;

/** What a server has answered to a probe. */
export interface ProbeAnswer {
  /** What it says of its load; undefined if that is nothing, or not an answer of success. */
  readonly load: { readonly format: LoadReportFormat; readonly text: string } | undefined;
  /** How long the connection may be kept unused; 0: not at all. */
  readonly keep: Millis;
}

/** Neither load nor connection are of any use. */
const USELESS: ProbeAnswer = { load: undefined, keep: 0 };

/** What an answer is worth. `found`: its head, or what is wrong with it. */
export const probeAnswer = (found: FinalHead | string): ProbeAnswer => {
  if (typeof found === 'string') return USELESS;
  const { head, bytes, isAlone } = found;
  if (head.status < 200 || head.status >= 300 || head.loadReports === 0) return USELESS;
  const said = head.keepAliveTimeout;
  // What has a body, or something behind it, costs the connection.
  const mayStay = isAlone && responseBody(head, false) === NO_BODY && persists(head);
  const most = said < 0 ? KEPT : Math.min(KEPT, said * 1000 - BEFORE_END);
  return {
    load: { format: loadFormatOf(head), text: loadTextOf(head, bytes) },
    keep: mayStay ? Math.max(0, most) : 0,
  };
};
