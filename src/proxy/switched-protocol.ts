import { UPGRADE } from '../http1/field-kind.ts';
import type { ResponseHead } from '../http1/response-head.ts';

const listOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');

/**
 * What a 101 says that it switches to; empty where it says nothing, or something that was not asked for: a server must
 * not switch to that (RFC 9110, 7.8). @param asked the list that went to the server.
 */
export const switchedProtocol = ({ fields }: ResponseHead, bytes: Buffer, asked: string): string => {
  const { at, kinds, count } = fields;
  const chosen: string[] = [];
  for (let i = 0; i < count; i++)
    if (kinds[i] === UPGRADE) chosen.push(...listOf(bytes.toString('latin1', at[4 * i + 2], at[4 * i + 3])));
  const offered = listOf(asked.toLowerCase());
  return chosen.every((protocol) => offered.includes(protocol.toLowerCase())) ? chosen.join(', ') : '';
};
