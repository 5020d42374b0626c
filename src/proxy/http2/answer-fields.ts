import type { OutgoingHttpHeaders } from 'node:http2';
import * as kind from '../../http1/field-kind.ts';
import { scanFieldLine } from '../../http1/field-line.ts';
import { FieldTable } from '../../http1/field-table.ts';
import type { ResponseHead } from '../../http1/response-head.ts';

/** Kinds of fields that HTTP/2 does not have (RFC 9113, 8.2.2), and that node:http2 throws at. */
const DROPPED = new Uint8Array(kind.KINDS);
for (const one of [
  kind.CONNECTION,
  kind.KEEP_ALIVE,
  kind.PROXY_CONNECTION,
  kind.TRANSFER_ENCODING,
  kind.UPGRADE,
  kind.TE,
  kind.HTTP2_SETTINGS,
  kind.NOMINATED,
])
  DROPPED[one] = 1;

/** Fields that cannot be joined, since their values have commas of their own (RFC 9110, 5.3 and 11.6.1). */
const UNJOINABLE: ReadonlySet<string> = new Set(['set-cookie', 'www-authenticate']);

/**
 * Adds a field. Lines of one name are joined, which means the same (RFC 9110, 5.3): node:http2 throws at a second line
 * of the many names that it takes to be single.
 */
const addField = (fields: OutgoingHttpHeaders, name: string, value: string): void => {
  const known = fields[name];
  if (known === undefined) fields[name] = value;
  else if (!UNJOINABLE.has(name)) fields[name] = `${known}, ${value}`;
  else if (Array.isArray(known)) known.push(value);
  else fields[name] = [String(known), value];
};

const addFields = (fields: OutgoingHttpHeaders, { at, kinds, count }: FieldTable, bytes: Buffer): void => {
  for (let i = 0; i < count; i++) {
    if (DROPPED[kinds[i] as number] === 1) continue;
    const name = bytes.toString('latin1', at[4 * i], at[4 * i + 1]).toLowerCase();
    addField(fields, name, bytes.toString('latin1', at[4 * i + 2], at[4 * i + 3]));
  }
};

/** A record of fields can hold any name, `__proto__` too. */
const noFields = (): OutgoingHttpHeaders => Object.create(null);

/** An answer without other fields. */
export const statusField = (status: number): OutgoingHttpHeaders => {
  const fields = noFields();
  fields[':status'] = status;
  return fields;
};

/** What `respond` and `additionalHeaders` of a stream take, from a head that was scanned. */
export const answerFields = (head: ResponseHead, bytes: Buffer): OutgoingHttpHeaders => {
  const fields = statusField(head.status);
  addFields(fields, head.fields, bytes);
  return fields;
};

const trailerTable = new FieldTable();

/** What `sendTrailers` takes, from a trailer section whose empty line is there. */
export const trailerFields = (section: Buffer): OutgoingHttpHeaders => {
  const fields = noFields();
  trailerTable.count = 0;
  let at = 0;
  let before = -1;
  while (at < section.length && before !== trailerTable.count) {
    before = trailerTable.count;
    const next = scanFieldLine(trailerTable, section, at, section.length, Number.POSITIVE_INFINITY);
    if (next <= 0) break;
    at = next;
  }
  addFields(fields, trailerTable, section);
  return fields;
};
