import { isIP, SocketAddress } from 'node:net';

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

/** An IP address in its shortest form, without zone; an IPv4 address in IPv6 form becomes IPv4. */
export const shortAddress = (address: string): string => {
  if (isIP(address) !== 6) return address;
  const [bare = ''] = address.split('%');
  const short = new SocketAddress({ address: bare, family: 'ipv6' }).address;
  return MAPPED.exec(short)?.[1] ?? short;
};

/** The IP address in the `size` bytes (4 or 16, network order) at `at`, in its shortest form. */
export const readAddress = (bytes: Buffer, at: number, size: number): string => {
  if (size === 4) return bytes.subarray(at, at + 4).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(at + 2 * i).toString(16));
  return shortAddress(groups.join(':'));
};

const groupsOf = (text: string): readonly number[] =>
  text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));

/** The 4 or 16 bytes of an IP address, network order; undefined for text that is none. A zone is left out. */
export const addressBytes = (text: string): Buffer | undefined => {
  const address = shortAddress(text);
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  if (isIP(address) !== 6) return undefined;
  // `::1.2.3.4` is the one short form that still ends in dots.
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [a * 256 + Number(b), c * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
  );
  const [head = '', tail = ''] = hex.split('::');
  const [first, last] = [groupsOf(head), groupsOf(tail)];
  const groups = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
};

/** The same address in 16 bytes: IPv4 goes behind ::ffff: (RFC 4291, 2.5.5.2). */
export const asIPv6Bytes = (bytes: Buffer): Buffer =>
  bytes.length === 16 ? bytes : Buffer.concat([Buffer.from('00000000000000000000ffff', 'hex'), bytes]);
