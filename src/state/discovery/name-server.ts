import { Resolver } from 'node:dns/promises';
import { isIPv4, isIPv6 } from 'node:net';
import type { Millis } from '../../core/types.ts';

/** Longest wait for the answer to one question, all tries included. */
export const LOOKUP_LIMIT: Millis = 5000;
/** Tries for one question. The second waits twice as long as the first (c-ares), and both end before the limit. */
const TRIES = 2;
const FIRST_TRY = 0.3;

export interface AddressRecord {
  /** An IP literal without brackets. */
  readonly address: string;
  /** Seconds for which it may be kept; undefined where Node does not say, which is behind the 256th record. */
  readonly ttl: number | undefined;
}

export interface ServiceRecord {
  /** Host of the service; empty for "there is decidedly none" (RFC 2782). */
  readonly name: string;
  readonly port: number;
  /** The lowest is to be used first. */
  readonly priority: number;
}

/** What came of a question. `none`: there is no such name, or it has no such records. Never empty when `found`. */
export type Answer<Entry> =
  | { readonly kind: 'found'; readonly records: readonly Entry[] }
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

/** Answers questions on names. None of its promises rejects, and each settles within a limit. */
export interface NameServer {
  addresses(name: string, family: 4 | 6): Promise<Answer<AddressRecord>>;
  services(name: string): Promise<Answer<ServiceRecord>>;
  /** Ends what is still being asked. */
  close(): void;
}

/** Codes of node:dns that mean an answer: there is nothing. */
const NOTHING: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such name (NXDOMAIN)',
  ENODATA: 'it has no such records',
};

const FAULTS: Readonly<Record<string, string>> = {
  ESERVFAIL: 'the DNS server failed (SERVFAIL)',
  EREFUSED: 'the DNS server refused to answer (REFUSED)',
  ETIMEOUT: 'the DNS server did not answer in time',
  ECONNREFUSED: 'the DNS server cannot be reached',
};

const codeOf = (thrown: unknown): string => {
  const code: unknown = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' ? code : 'an unknown fault';
};

const whyNot = (code: string): Answer<never> => {
  const nothing = NOTHING[code];
  if (nothing !== undefined) return { kind: 'none', why: nothing };
  return { kind: 'failed', why: FAULTS[code] ?? `the DNS server cannot be asked (${code})` };
};

const found = <Entry>(records: readonly Entry[]): Answer<Entry> =>
  records.length > 0 ? { kind: 'found', records } : whyNot('ENODATA');

/** Asks with a limit. What is late goes on to its own end, unheard. */
const ask = <Entry>(question: Promise<readonly Entry[]>, limit: Millis): Promise<Answer<Entry>> =>
  new Promise((resolve) => {
    const late = setTimeout(() => resolve(whyNot('ETIMEOUT')), limit);
    const end = (answer: Answer<Entry>): void => {
      clearTimeout(late);
      resolve(answer);
    };
    question.then(
      (records) => end(found(records)),
      (thrown) => end(whyNot(codeOf(thrown))),
    );
  });

/**
 * Asks the DNS server at this address (`127.0.0.1:8600`), or those of the system, which are looked up each time one
 * is opened. Like other DNS tools, it does not read /etc/hosts and puts no search domains behind names.
 * Throws for an address that is none.
 */
export const openNameServer = (server: string | undefined, limit: Millis = LOOKUP_LIMIT): NameServer => {
  const resolver = new Resolver({ timeout: Math.ceil(limit * FIRST_TRY), tries: TRIES });
  if (server !== undefined) resolver.setServers([server]);
  return {
    addresses: (name, family) => {
      const records =
        family === 4 ? resolver.resolve4(name, { ttl: true }) : resolver.resolve6(name, { ttl: true });
      const isAddress = family === 4 ? isIPv4 : isIPv6;
      return ask(
        records.then((all) => all.filter(({ address }) => isAddress(address))),
        limit,
      );
    },
    services: (name) => ask(resolver.resolveSrv(name), limit),
    close: () => resolver.cancel(),
  };
};
