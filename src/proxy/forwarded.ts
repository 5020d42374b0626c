import { type AddressRule, clientBehind, hopAddress } from '../core/accept.ts';
import { FORWARDED, X_FORWARDED, X_REAL_IP, X_REQUEST_ID } from '../http1/field-kind.ts';
import type { RequestHead } from '../http1/request-head.ts';
import { isKeptId } from './request-id.ts';

/** What a trusted proxy in front said of the request that it passed on. */
export interface Said {
  /** The address of the client: the first one, from the right, that is not a trusted proxy. */
  readonly clientIp: string;
  /** X-Forwarded-For as it came, all lines joined; empty if none. */
  readonly hops: string;
  readonly scheme: 'http' | 'https' | undefined;
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly requestId: string | undefined;
  /** Lines of Forwarded and X-Real-IP, to be passed on as they are. */
  readonly lines: string;
}

const membersOf = (list: string): readonly string[] =>
  list
    .split(',')
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, '').toLowerCase())
    .filter((member) => member !== '');

/** Reads the forwarding fields of a request that came from a trusted peer. */
export const readForwarded = (
  head: RequestHead,
  bytes: Buffer,
  peer: string,
  trusted: readonly AddressRule[],
): Said => {
  const { at, kinds, count } = head.fields;
  const values = new Map<string, string[]>();
  let lines = '';
  for (let i = 0; i < count; i++) {
    const kind = kinds[i];
    if (kind !== X_FORWARDED && kind !== X_REQUEST_ID && kind !== FORWARDED && kind !== X_REAL_IP) continue;
    const name = bytes.toString('latin1', at[4 * i], at[4 * i + 1]).toLowerCase();
    const value = bytes.toString('latin1', at[4 * i + 2], at[4 * i + 3]);
    if (kind === FORWARDED || kind === X_REAL_IP) lines += `${name}: ${value}\r\n`;
    else values.set(name, [...(values.get(name) ?? []), value]);
  }
  const hops = (values.get('x-forwarded-for') ?? []).join(', ');
  const scheme = membersOf((values.get('x-forwarded-proto') ?? []).join(',')).at(-1);
  const id = values.get('x-request-id')?.[0];
  return {
    clientIp: clientBehind(peer, membersOf(hops).map(hopAddress), trusted),
    hops,
    scheme: scheme === 'http' || scheme === 'https' ? scheme : undefined,
    host: values.get('x-forwarded-host')?.[0] || undefined,
    port: values.get('x-forwarded-port')?.[0] || undefined,
    requestId: isKeptId(id) ? id : undefined,
    lines,
  };
};
