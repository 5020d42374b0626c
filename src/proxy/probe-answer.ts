import type { LoadReportFormat } from '../core/orca.ts';
import type { Millis } from '../core/types.ts';
import { NO_BODY, responseBody } from '../http1/body.ts';
import type { HeadLimits } from '../http1/limits.ts';
import { ResponseHead, scanResponseHead } from '../http1/response-head.ts';
import { loadFormatOf, loadTextOf } from './load-report.ts';
import { PartialHead } from './partial-head.ts';

/** An unused connection is kept that long, or until shortly before the server says that it ends it. */
export const KEPT: Millis = 60_000;
const BEFORE_END: Millis = 500;

const LIMITS: HeadLimits = { bytes: 16_384, count: 100, target: 8192 };

/** What a server has answered to a probe. */
export interface ProbeAnswer {
  /** What it says of its load; undefined if that is nothing, or not an answer of success. */
  readonly load: { readonly format: LoadReportFormat; readonly text: string } | undefined;
  /** How long the connection may be kept unused; 0: not at all. */
  readonly keep: Millis;
}

/** Neither load nor connection are of any use. */
const USELESS: ProbeAnswer = { load: undefined, keep: 0 };

/** Scanned heads are used up before anything else is scanned, so that one record serves all probes. */
const head = new ResponseHead();

/** What stands in `bytes` behind the head at `isAll` false is of no use, and costs the connection. */
const read = (bytes: Buffer, isAll: boolean): ProbeAnswer => {
  const { status, close, minor, keepAlive, keepAliveTimeout: said } = head;
  if (status < 200 || status >= 300 || head.loadReports === 0) return USELESS;
  const mayStay = isAll && responseBody(head, false) === NO_BODY && !close && (minor === 1 || keepAlive);
  const most = said < 0 ? KEPT : Math.min(KEPT, said * 1000 - BEFORE_END);
  return {
    load: { format: loadFormatOf(head), text: loadTextOf(head, bytes) },
    keep: mayStay ? Math.max(0, most) : 0,
  };
};

/** Reads answers to probes, one after the other. */
export class ProbeAnswers {
  #partial: PartialHead | undefined = undefined;

  /** Something of an answer is here. */
  get hasBegun(): boolean {
    return this.#partial !== undefined;
  }

  reset(): void {
    this.#partial = undefined;
  }

  /** Takes what has come; undefined while the head is not whole. Uses the bytes only until it returns. */
  take(bytes: Buffer, start: number, end: number): ProbeAnswer | undefined {
    const held = this.#partial;
    held?.add(bytes, start, end);
    return held ? this.#scan(held.bytes, held.start, held.end) : this.#scan(bytes, start, end);
  }

  /** Passes over interim answers. */
  #scan(bytes: Buffer, from: number, end: number): ProbeAnswer | undefined {
    let start = from;
    for (;;) {
      const found = scanResponseHead(head, bytes, start, end, LIMITS);
      if (found < 0) return USELESS;
      if (found === 0) {
        this.#partial ??= new PartialHead(bytes, start, end);
        return undefined;
      }
      start = found;
      if (head.status >= 200 || head.status === 101) break;
    }
    this.#partial = undefined;
    return read(bytes, start === end);
  }
}
