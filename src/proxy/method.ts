/** Methods that come all the time, as strings that are made once. */
const COMMON = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'CONNECT'].map(
  (text) => ({
    text,
    bytes: Buffer.from(text),
  }),
);

const equals = (bytes: Buffer, start: number, wanted: Buffer): boolean => {
  for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false;
  return true;
};

/** The method that stands at `bytes[start, end)`. Case matters (RFC 9110, 9.1). */
export const methodText = (bytes: Buffer, start: number, end: number): string => {
  for (const { text, bytes: wanted } of COMMON)
    if (wanted.length === end - start && equals(bytes, start, wanted)) return text;
  return bytes.toString('latin1', start, end);
};

/** Methods whose requests have no content unless they say so (RFC 9110, 9.3). */
const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

/** True where a request without content should say that its length is 0 (RFC 9110, 8.6). */
export const saysLength = (method: string): boolean => !BODILESS.has(method);

const HEAD = Buffer.from('HEAD ');
const CR = 13;

/** True where `bytes[start, end)` begins with a request by HEAD, perhaps behind an empty line, however bad it goes on. */
export const isHeadRequest = (bytes: Buffer, start: number, end: number): boolean => {
  const at = bytes[start] === CR ? start + 2 : start;
  return end - at >= HEAD.length && equals(bytes, at, HEAD);
};
