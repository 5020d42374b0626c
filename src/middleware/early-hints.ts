import type { ServerResponse } from 'node:http';
import { type RawFields, valuesOf } from './fields.ts';

/** One link that Node takes (it throws on others), such as `</a.css>; rel=preload; as="style"`. */
const LINK = /^<[^<>\s]*>(?:\s*;\s*[^;"\s,]+(?:="?[^;"\s,]*"?)?)*$/;

const linksOf = (raw: RawFields): readonly string[] =>
  valuesOf(raw, 'link')
    .flatMap((value) => value.split(/,\s*(?=<)/))
    .map((link) => link.trim());

/** Passes on a 103 of a server: its links, those that are sound. Other interim answers end here. */
export const sendEarlyHints = (res: ServerResponse, status: number, raw: RawFields): void => {
  if (status !== 103 || res.req.httpVersion === '1.0' || res.headersSent) return;
  const link = linksOf(raw).filter((one) => LINK.test(one));
  if (link.length === 0) return;
  try {
    res.writeEarlyHints({ link });
  } catch {
    // Hints may be left out; Node's own idea of a link may be narrower still.
  }
};
