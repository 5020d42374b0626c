/** A name whose DNS answers are servers. */
export type DnsSource =
  | {
      /** A and AAAA records say the addresses. */
      readonly kind: 'address';
      readonly scheme: 'http' | 'https';
      /** In lower case, without the last dot. */
      readonly name: string;
      /** 1..65535 */
      readonly port: number;
    }
  | {
      /** SRV records (RFC 2782) say the hosts and the ports. */
      readonly kind: 'srv';
      readonly scheme: 'http' | 'https';
      readonly name: string;
    };

/** Scheme, the longest name, its last dot, and a port. */
const MAX_LENGTH = 'https://'.length + 253 + 1 + ':65535'.length;
/** Longest name in characters (RFC 1035, 2.3.4: 255 bytes with the lengths of its labels). */
const MAX_NAME = 253;
const TEXT = /^(?:(https?):\/\/)?([a-z0-9_.-]+)(?::([1-9]\d{0,4}))?$/i;
/** RFC 1123, 2.1, and `_`, which names of containers may have; at most 63 characters (RFC 1035, 2.3.4). */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** What ends so is read as an IPv4 address by URL parsers (WHATWG URL, 3.5: "ends in a number"). */
const NUMBER = /^(?:\d+|0x[0-9a-f]*)$/;

const readName = (text: string): string | undefined => {
  const name = text.toLowerCase().replace(/\.$/, '');
  const labels = name.split('.');
  const isName = name.length <= MAX_NAME && labels.every((label) => LABEL.test(label));
  return isName && !NUMBER.test(labels.at(-1) ?? '') ? name : undefined;
};

/**
 * Reads `web.internal:3000`, `https://web.internal:8443`, and for SRV `_http._tcp.web.internal` or
 * `https://_https._tcp.web.internal`: a name that begins with `_` is asked for SRV and takes no port. Any other name
 * needs a port, unless it has a scheme, whose port it then is. Undefined for anything else, IP addresses included.
 */
export const parseDnsSource = (text: string): DnsSource | undefined => {
  const match = text.length <= MAX_LENGTH ? TEXT.exec(text) : null;
  const [, given, host = '', digits] = match ?? [];
  const name = readName(host);
  if (name === undefined) return undefined;
  const scheme = given?.toLowerCase() === 'https' ? 'https' : 'http';
  if (name.startsWith('_')) {
    const isService = /^_[^.]+\._[^.]+\../.test(name) && digits === undefined;
    return isService ? { kind: 'srv', scheme, name } : undefined;
  }
  if (digits === undefined && given === undefined) return undefined;
  const port = Number(digits ?? (scheme === 'https' ? 443 : 80));
  return port <= 65_535 ? { kind: 'address', scheme, name, port } : undefined;
};

/** Reads the address of a DNS server, `127.0.0.1:8600`, `[::1]:53` or `10.0.0.2`; undefined for anything else. */
export const parseNameServer = (text: string): string | undefined => {
  const match = /^(?:\[([0-9a-f:.]{2,45})\]|([\d.]{7,15}))(?::([1-9]\d{0,4}))?$/i.exec(text);
  const [, v6, v4, digits = '53'] = match ?? [];
  const host = v6 === undefined ? v4 : `[${v6}]`;
  if (host === undefined || Number(digits) > 65_535 || !URL.canParse(`http://${host}`)) return undefined;
  // A URL parser takes 10.1 for 10.0.0.1.
  const isWhole = v6 !== undefined || new URL(`http://${host}`).hostname === host;
  return isWhole ? `${host}:${digits}` : undefined;
};
