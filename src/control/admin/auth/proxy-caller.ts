import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { AdminAuth } from '../../../config/completing/admin-auth.ts';
import type { Caller } from './caller.ts';

type ProxyRules = NonNullable<AdminAuth['proxy']>;

const MOST_CHARACTERS = 256;

const listOf = (ranges: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
};

/** The one value of a field; several could come from a client past the proxy. */
const only = (req: IncomingMessage, name: string): string | undefined => {
  const [value, ...more] = req.headersDistinct[name.toLowerCase()] ?? [];
  const text = value?.trim() ?? '';
  const fits = more.length === 0 && text !== '' && text.length <= MOST_CHARACTERS && !/\p{Cc}/u.test(text);
  return fits ? text : undefined;
};

/** Believes a proxy that says who it has let in. */
export class ProxyCaller {
  readonly #rules: ProxyRules;
  readonly #from: BlockList;

  constructor(rules: ProxyRules) {
    this.#rules = rules;
    this.#from = listOf(rules.from);
  }

  /** True for the addresses that are believed. */
  believes(address: string | undefined): boolean {
    if (address === undefined) return false;
    if (isIPv4(address)) return this.#from.check(address, 'ipv4');
    return isIPv6(address) && this.#from.check(address, 'ipv6');
  }

  /** Undefined for who comes from elsewhere, or without a name. */
  find(req: IncomingMessage): Caller | undefined {
    if (!this.believes(req.socket.remoteAddress)) return undefined;
    const { header, groupsHeader, write } = this.#rules;
    const name = only(req, header);
    if (name === undefined) return undefined;
    const groups = groupsHeader === undefined ? undefined : only(req, groupsHeader);
    const names = [name, ...(groups?.split(',').map((group) => group.trim()) ?? [])];
    const isWriter = write === undefined || names.some((one) => write.includes(one));
    return { name, scope: isWriter ? 'write' : 'read', by: 'proxy' };
  }
}
