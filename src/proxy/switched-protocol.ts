import { UPGRADE } from '../http1/field-kind.ts';
import type { ResponseHead } from '../http1/response-head.ts';
import type { Exchange } from './exchange.ts';

const listOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');

/**
 * What a 101 says that it switches to; empty where it says nothing, or something that was not asked for: a server must
 * not switch to that (RFC 9110, 7.8). @param asked the list that went to the server.
 */
const switchedProtocol = ({ fields }: ResponseHead, bytes: Buffer, asked: string): string => {
  const { at, kinds, count } = fields;
  const chosen: string[] = [];
  for (let i = 0; i < count; i++)
    if (kinds[i] === UPGRADE) chosen.push(...listOf(bytes.toString('latin1', at[4 * i + 2], at[4 * i + 3])));
  const offered = listOf(asked.toLowerCase());
  return chosen.every((protocol) => offered.includes(protocol.toLowerCase())) ? chosen.join(', ') : '';
};

/** Field lines of our own for the 101 that goes to the client; empty if its server may not switch to what it says. */
export const switchLines = (
  { upgrade, client, record }: Exchange,
  head: ResponseHead,
  bytes: Buffer,
): string => {
  const protocol = client.hasWholeRequest ? switchedProtocol(head, bytes, upgrade) : '';
  if (protocol === '') return '';
  return `Connection: Upgrade\r\nUpgrade: ${protocol}\r\nX-Request-Id: ${record.requestId}\r\n`;
};
