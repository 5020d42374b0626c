import { realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { resolve } from 'node:path';
import type { SendFileOptions } from '../core/handler.ts';
import { liesIn } from './find-file.ts';
import { say } from './say.ts';
import { sendFile } from './send-file.ts';

/** A file that a handler's answer stands for. */
interface FileOrder {
  /** Absolute. */
  readonly path: string;
  /** Absolute; the file must lie in it. */
  readonly root: string | undefined;
  readonly cacheControl: string;
}

const orders = new WeakMap<Response, FileOrder>();

/** An answer that stands for a file, until it is sent. @param from what relative paths begin at. */
export const fileResponse = (from: string, path: string, options: SendFileOptions = {}): Response => {
  const root = options.root === undefined ? undefined : resolve(from, options.root);
  const response = new Response();
  const { cacheControl = 'no-cache' } = options;
  // With a root every path is below it, also one with a slash in front.
  const file = root === undefined ? resolve(from, path) : resolve(root, path.replace(/^[/\\]+/, ''));
  orders.set(response, { path: file, root, cacheControl });
  return response;
};

const fileAt = async ({ path, root }: FileOrder): Promise<string | undefined> => {
  if (path.includes('\0')) return undefined;
  try {
    const real = await realpath(path);
    if (root !== undefined && !liesIn(await realpath(root), real, 'deny')) return undefined;
    return (await stat(real)).isFile() ? real : undefined;
  } catch {
    return undefined;
  }
};

/** Sends the file that an answer stands for; its head has been written. False: it stands for none. */
export const sendOrdered = async (
  response: Response,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<boolean> => {
  const order = orders.get(response);
  if (!order) return false;
  const path = await fileAt(order);
  const refuse = (status: number, fields: Readonly<Record<string, string>> = {}): void =>
    say(res, status, fields);
  if (path === undefined) refuse(404);
  else if (req.method !== 'GET' && req.method !== 'HEAD') refuse(405, { Allow: 'GET, HEAD' });
  else sendFile(req, res, { path, cacheControl: order.cacheControl, refuse });
  return true;
};
