const FRAMING = 'the proxy writes it itself, from what it has read';
const HOP = 'it is about one connection, and not about the request (RFC 9110, 7.6.1)';
const FORWARDED = 'the proxy says there who the client is, so that servers can believe it';

const REFUSED: ReadonlyMap<string, string> = new Map([
  ['content-length', FRAMING],
  ['transfer-encoding', FRAMING],
  ['host', FRAMING],
  ['date', FRAMING],
  ['expect', FRAMING],
  ['connection', HOP],
  ['keep-alive', HOP],
  ['proxy-connection', HOP],
  ['proxy-authenticate', HOP],
  ['proxy-authorization', HOP],
  ['te', HOP],
  ['trailer', HOP],
  ['upgrade', HOP],
  ['http2-settings', HOP],
  ['via', 'the proxy finds loops by it; see `via`'],
  ['forwarded', FORWARDED],
  ['x-real-ip', FORWARDED],
  ['x-request-id', 'it is the id of the request in every log'],
  ['set-cookie2', 'nothing reads it any more (RFC 6265, 9.4)'],
]);

/** Why a header field is not for rules to change, in words; undefined if they may. `name` in any case. */
export const refusedField = (name: string): string | undefined => {
  const lower = name.toLowerCase();
  return REFUSED.get(lower) ?? (lower.startsWith('x-forwarded-') ? FORWARDED : undefined);
};
