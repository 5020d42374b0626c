import { CONTENT_TYPE } from '../http1/field-kind.ts';
import type { ResponseHead } from '../http1/response-head.ts';

const NAME = Buffer.from('text/event-stream');
/** Bit that makes an ASCII letter lower case. */
const LOWER = 0x20;

/** True for an answer that is a stream of events: its server may be silent for as long as it likes. */
export const isEventStream = ({ fields }: ResponseHead, bytes: Buffer): boolean => {
  const { count, kinds, at } = fields;
  for (let i = 0; i < count; i++) {
    if (kinds[i] !== CONTENT_TYPE) continue;
    const start = at[4 * i + 2] as number;
    if ((at[4 * i + 3] as number) - start < NAME.length) return false;
    for (let k = 0; k < NAME.length; k++)
      if (((bytes[start + k] as number) | LOWER) !== ((NAME[k] as number) | LOWER)) return false;
    return true;
  }
  return false;
};
