import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { parseAddressRule } from '../../src/core/accept.ts';

interface Facts {
  readonly method?: string;
  readonly url?: string;
  readonly version?: string;
  /** `Name: value` in order. */
  readonly fields?: readonly string[];
  readonly peer?: string;
  readonly encrypted?: boolean;
  readonly status?: number;
  readonly reason?: string;
}

/** The head of a message as Node hands it over, without a connection. `Host: a` is there unless fields are given. */
export const anIncoming = ({
  fields = ['Host: a'],
  peer = '192.0.2.9',
  ...facts
}: Facts = {}): IncomingMessage => {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  if (facts.encrypted) Object.assign(socket, { encrypted: true });
  const req = new IncomingMessage(socket);
  req.method = facts.method ?? 'GET';
  req.url = facts.url ?? '/';
  req.httpVersion = facts.version ?? '1.1';
  req.statusCode = facts.status ?? 200;
  if (facts.reason !== undefined) req.statusMessage = facts.reason;
  for (const field of fields) {
    const colon = field.indexOf(':', 1);
    const [name, value] = [field.slice(0, colon), field.slice(colon + 1).trim()];
    req.rawHeaders.push(name, value);
    req.headers[name.toLowerCase()] ??= value;
  }
  return req;
};

/** An answer that nobody hears, for a request. */
export const anAnswer = (req = anIncoming()): ServerResponse => new ServerResponse(req);

export const rules = (...texts: readonly string[]) => texts.flatMap((text) => parseAddressRule(text) ?? []);
