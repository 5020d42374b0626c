/** Names and values one after the other, as node:http2 gives them: `[name, value, name, value, ...]`, latin1. */
export type RawFields = readonly string[];

/** A token in lower case (RFC 9113, 8.2.1). A colon, with which names of pseudo-fields begin, is not in it. */
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** What would end a line of HTTP/1.1 (RFC 9113, 8.2.1). Other control characters are the HTTP/1.1 scanner's to refuse. */
const LINE_BREAKER = /[\0\r\n]/;

/** Fields that have a meaning for one connection of HTTP/1.1 only (RFC 9113, 8.2.2). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Why HTTP/2 does not allow this field, a pseudo-field included; empty if it does. */
export const fieldFault = (name: string, value: string): string => {
  if (!NAME.test(name)) return 'a field name is malformed';
  if (LINE_BREAKER.test(value)) return 'a field value has a line break';
  if (CONNECTION_FIELDS.has(name)) return 'a field is for a connection of HTTP/1.1 only';
  return name === 'te' && value.toLowerCase() !== 'trailers' ? 'TE says more than trailers' : '';
};
