import type { RouteRules } from '../core/route-rules.ts';
import { linesWithout } from '../http1/field-lines.ts';
import { isOriginForm } from '../http1/origin-form.ts';
import type { RequestHead } from '../http1/request-head.ts';
import { requestLinesOf } from './guarded-fields.ts';
import type { ExchangeRecord } from './record.ts';

/** What the rules of a route make of a request on its way to a server. */
export interface RequestChanges {
  /** Path and query in place of the client's; undefined: as they came. */
  readonly target: Buffer | undefined;
  /** Lower-case names of fields that do not go on. */
  readonly removes: ReadonlySet<string>;
  /** Field lines that are added. */
  readonly lines: string;
}

const NO_NAMES: ReadonlySet<string> = new Set();
/** Fields of trusted proxies that stand among our own lines, and that rules may take out nevertheless. */
const CONTINUED = ['forwarded', 'x-real-ip'];

/** Only what asks for a path has another one: not `*` (RFC 9112, 3.2.4), not CONNECT. */
const hasPath = ({ pathStart, pathEnd }: RequestHead, { method, path }: ExchangeRecord): boolean =>
  method !== 'CONNECT' && path.startsWith('/') && (method !== 'OPTIONS' || pathStart < pathEnd);

const targetFor = (rule: NonNullable<RouteRules['target']>, record: ExchangeRecord): Buffer => {
  const target = rule(record);
  if (!isOriginForm(target))
    throw new TypeError(
      `a rule of ${record.route} made a target that cannot be sent: ${JSON.stringify(target)}`,
    );
  return Buffer.from(target, 'latin1');
};

/** Undefined: nothing changes. Throws for what a rule must not do. */
export const requestChanges = (
  { target, requestEdits }: RouteRules,
  head: RequestHead,
  record: ExchangeRecord,
): RequestChanges | undefined => {
  if (!target && !requestEdits) return undefined;
  return {
    target: target && hasPath(head, record) ? targetFor(target, record) : undefined,
    removes: requestEdits?.removes ?? NO_NAMES,
    lines: requestEdits ? requestLinesOf(requestEdits.lines(record)) : '',
  };
};

/** Our own lines, without what a trusted proxy has said and the rules take out. The last one has no end yet. */
export const ownLinesFor = (own: Buffer, { removes }: RequestChanges): Buffer => {
  if (!CONTINUED.some((name) => removes.has(name))) return own;
  const text = own.toString('latin1');
  const lastLine = text.lastIndexOf('\n') + 1;
  const names = new Set(CONTINUED.filter((name) => removes.has(name)));
  return Buffer.from(linesWithout(text.slice(0, lastLine), names) + text.slice(lastLine), 'latin1');
};
