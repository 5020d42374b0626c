/** The bytes of `QUERY` and of the path in byte-tables.ts, as the scanner of requests lets them through. */
const ORIGIN_FORM = /^\/[!$-;=@-[\]-~]*(?:\?[!$-;=?-~]*)?$/;

/** Whether a text can stand in a request line as path and query (RFC 9112, 3.2.1): what we would take from a client. */
export const isOriginForm = (target: string): boolean => ORIGIN_FORM.test(target);
