import { Resolver } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import type { NameQuestions } from '../../rules/client-names.ts';

/** Nobody waits longer than a second for the names of a client; each try has a part of that. */
const TRIES = { timeout: 400, tries: 2 };

/** Asks the name servers of this machine. */
export const dnsQuestions = (): NameQuestions => {
  const resolver = new Resolver(TRIES);
  return {
    reverse: (ip) => resolver.reverse(ip),
    addresses: (name, ip) => (isIPv6(ip) ? resolver.resolve6(name) : resolver.resolve4(name)),
  };
};
