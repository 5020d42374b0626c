/** The Date line of the second that a time falls in, made once a second (RFC 9110, 6.6.1). */
let second = -1;
let line = '';

/** `Date: ...` with CRLF. @param epochMs may be some 100 ms old. */
export const dateLine = (epochMs: number): string => {
  const now = Math.floor(epochMs / 1000);
  if (now !== second) {
    second = now;
    line = `Date: ${new Date(epochMs).toUTCString()}\r\n`;
  }
  return line;
};
