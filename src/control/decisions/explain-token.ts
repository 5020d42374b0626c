import { createHash, timingSafeEqual } from 'node:crypto';
import type { ExplainConfig } from '../../config/schema/schema.ts';

/** Of one length whatever is compared, so that the time says nothing of how much of a token was right. */
const digestOf = (token: string): Buffer => createHash('sha256').update(token, 'latin1').digest();

/** Whether a token is one of those that are taken. Undefined where no request is answered with its decision. */
export const explainCheck = (
  explain: ExplainConfig | undefined,
): ((token: string) => boolean) | undefined => {
  if (!explain) return undefined;
  const digests = explain.secrets.map(digestOf);
  return (token) => {
    const shown = digestOf(token);
    let matches = 0;
    for (const digest of digests) matches += timingSafeEqual(shown, digest) ? 1 : 0;
    return matches > 0;
  };
};
