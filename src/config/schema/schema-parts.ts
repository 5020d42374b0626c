import { parseAddressRule } from '../../core/accept.ts';
import { duration, z } from '../../core/options.ts';
import { parseAgentAddress, parseListenAddress } from './address.ts';

/** The kinds of values that several keys of the configuration share. */

const shown = (input: unknown): string => JSON.stringify(input);

/** Readers for a mapping whose keys all have defaults: it may be left out. */
export const section = <Shape extends z.core.$ZodShape>(shape: Shape, text: string) =>
  z
    .strictObject(shape)
    .prefault({} as z.input<z.ZodObject<Shape, z.core.$strict>>)
    .describe(text);

/** One value, or a list of them; always read as a list. */
export const oneOrMany = <Item extends z.ZodType<string, string>>(item: Item) =>
  z
    .union([item, z.array(item).min(1).max(64)])
    .transform((value): readonly string[] => (typeof value === 'string' ? [value] : value));

/** A list, or one of its entries in its place; always read as a list. */
export const manyOf = <Item extends z.ZodType>(item: Item, most: number, least = 1) =>
  // The list first: an entry that can be written in several ways would seem to be meant by every value.
  z.union([z.array(item).min(least).max(most), item.transform((one) => [one])]);

/** No wait of the proxy is longer. */
const LONGEST_MS = 24 * 3_600_000;

/** A time from 0 to 24h. */
export const wait = () =>
  duration().refine((millis) => millis <= LONGEST_MS, {
    error: ({ input }) => `expected at most 24h, got ${Number(input) / 3_600_000}h`,
  });

/** A time above 0, up to 24h: for limits, which would never let anything through at 0. */
export const limit = () => wait().refine((millis) => millis > 0, { error: 'expected more than 0' });

const addressFault = (text: string): string => {
  const given = `expected an address such as 127.0.0.1:8080, [::1]:8080 or unix:/run/forehand.sock, got ${shown(text)}`;
  if (/^[\w.-]+$/.test(text) && !/^\d+$/.test(text)) return `${given}; write \`${text}:8080\``;
  if (/^:?\d{1,5}$/.test(text)) return `${given}; write \`127.0.0.1:${text.replace(':', '')}\``;
  return /^https:/i.test(text) ? `${given}; TLS is said beside \`address\`, with \`tls\`` : given;
};

/** For what is no text: a port alone does not say which addresses are meant. */
export const noAddress = ({ input }: { readonly input?: unknown }): string | undefined =>
  typeof input === 'number' ? `expected an address such as "127.0.0.1:${input}", got ${input}` : undefined;

/** An address to listen on. */
export const listenAddress = () =>
  z.string().refine((text) => parseListenAddress(text) !== undefined, {
    error: ({ input }) => addressFault(String(input)),
  });

/** An address to take reports on. */
export const agentAddress = () =>
  z.string().refine((text) => typeof parseAgentAddress(text) !== 'string', {
    error: ({ input }) => String(parseAgentAddress(String(input))),
  });

/** An address or a range of addresses, without ports. */
export const addressRange = () =>
  z
    .string()
    .refine((text) => /^[0-9a-f:.]+(\/\d{1,3})?$/i.test(text) && parseAddressRule(text) !== undefined, {
      error: ({ input }) => `expected a range such as 10.0.0.0/8, fd00::/8 or 192.0.2.7, got ${shown(input)}`,
    });

/** A rule for what agents may announce. */
export const acceptRule = () =>
  z.string().refine((text) => parseAddressRule(text) !== undefined, {
    error: ({ input }) =>
      `expected a range such as 10.0.0.0/8:8000-8999, [fd00::]/8:80 or *.example.com:443, got ${shown(input)}`,
  });

/** A secret that travels in a header. The messages never show it. */
export const secret = () =>
  z
    .string({ error: 'expected text; put a token that looks like a number in quotes' })
    .regex(/^[\x21-\x7e]*$/, { error: 'a token is of visible ASCII characters, without spaces' })
    .max(1024, { error: 'a token has at most 1024 characters' });

/** A password for Basic. The messages never show it. Control characters are not allowed in one (RFC 7617, 2). */
export const password = () =>
  z
    .string({ error: 'expected text; put a password that looks like a number in quotes' })
    .min(1, { error: 'the password is empty' })
    .max(1024, { error: 'a password has at most 1024 characters' })
    .refine((text) => !/\p{Cc}/u.test(text), { error: 'a password has no control characters' });

/** The path of a file. What belongs into the file is refused without showing it. */
export const fileName = () =>
  z
    .string()
    .min(1)
    .max(4096, { error: 'expected the name of a file' })
    .refine((text) => !/\p{Cc}|-----BEGIN/u.test(text), {
      error: 'expected the name of a file, not what is in it',
    });

/** A name that appears in logs, metrics and addresses. */
export const name = () =>
  z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, {
    error: ({ input }) =>
      `expected a name of letters, digits, \`_\`, \`.\` and \`-\`, at most 64 of them, got ${shown(input)}`,
  });
