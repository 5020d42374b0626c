import type { IncomingMessage } from 'node:http';
import { type Answer, errorAnswer } from './admin-answer.ts';

/** Most bytes of a body: a question with all the header fields that the proxy itself would take. */
export const MAX_BODY_BYTES = 65_536;

const tooLarge = (): Answer =>
  errorAnswer(413, 'too_large', `the body has more than ${MAX_BODY_BYTES} bytes`);

/**
 * The body as text, or the answer to one that is too large. Rejects when the client goes, or is sent away by the
 * server's time limit.
 */
export const readBody = async (req: IncomingMessage): Promise<string | Answer> => {
  if (Number(req.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return tooLarge();
  const parts: Buffer[] = [];
  let size = 0;
  // The connection must outlive the loop: the answer goes through it.
  for await (const part of req.iterator({ destroyOnReturn: false })) {
    size += part.length;
    if (size > MAX_BODY_BYTES) return tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
};
