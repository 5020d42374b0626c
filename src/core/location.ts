/** All of a text as percent-encoded UTF-8 (RFC 3986, 2.1). */
export const percentEncoded = (text: string): string =>
  [...new TextEncoder().encode(text)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');

/** A function may name any place: what a header cannot carry is sent as percent-encoded UTF-8 (RFC 3986, 2.1). */
export const sendableLocation = (location: string): string =>
  location.replace(/[^\x21-\x7e]+/g, percentEncoded);
