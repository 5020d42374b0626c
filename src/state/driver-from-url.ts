import type { Millis } from '../core/types.ts';
import type { Clock } from './clock.ts';
import type { StateDriver } from './driver.ts';
import { FanOut } from './fan-out.ts';
import { HttpPublisher } from './http-publish.ts';
import { HttpReceiver } from './http-receive.ts';
import type { Rate } from './rate-limit.ts';
import type { Receiver } from './receiver.ts';
import { checkToken } from './tokens.ts';
import { parseUdpAddress } from './udp-address.ts';
import { UdpPublisher } from './udp-publish.ts';
import { UdpReceiver } from './udp-receive.ts';

export interface PublisherOptions {
  readonly token?: string;
  /** Most time for one report by HTTP. */
  readonly timeout?: Millis;
  readonly clock?: Clock;
}

export interface ReceiverOptions {
  /** Any of them opens the door. None: reports are taken from loopback only. */
  readonly tokens?: readonly string[];
  /** Reports that one address may send. */
  readonly rate?: Rate;
  readonly clock?: Clock;
}

const parseHttpUrl = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new TypeError(`expected an http://, https:// or udp:// URL, got ${JSON.stringify(text)}`);
  if (url.username !== '' || url.search !== '' || url.hash !== '')
    throw new TypeError(
      `${url.origin}: user, query and fragment do not belong here; the token has its own option`,
    );
  return url;
};

const onePublisher = (text: string, { token, timeout, clock }: PublisherOptions): StateDriver => {
  const common = token === undefined ? {} : { token: checkToken(token) };
  if (text.startsWith('udp:'))
    return new UdpPublisher({ to: parseUdpAddress(text), ...common, ...(clock ? { clock } : {}) });
  const url = parseHttpUrl(text);
  return new HttpPublisher({ url, ...common, ...(timeout === undefined ? {} : { timeout }) });
};

/**
 * The agent's side, by URL: `http://proxy:9091`, `https://...`, `udp://239.1.1.1:9092?ttl=1`. Every report goes to
 * all of them. Throws TypeError that names the URL and what is wrong with it.
 */
export const publisherTo = (
  urls: string | readonly string[],
  options: PublisherOptions = {},
): StateDriver => {
  const list = typeof urls === 'string' ? [urls] : urls;
  if (list.length === 0) throw new TypeError('expected at least one URL to send reports to');
  return new FanOut(list.map((url) => onePublisher(url, options)));
};

/**
 * The proxy's side: `http://0.0.0.0:9091`, `udp://0.0.0.0:9092`, `udp://239.1.1.1:9092`, or a TCP socket that a
 * parent process holds. Listens once it is subscribed to. Throws TypeError for a URL that cannot be listened at.
 */
export const receiverAt = (
  where: string | { readonly fd: number },
  options: ReceiverOptions = {},
): Receiver => {
  if (typeof where !== 'string') return new HttpReceiver({ listen: where, ...options });
  if (where.startsWith('udp:')) return new UdpReceiver({ at: parseUdpAddress(where), ...options });
  const url = parseHttpUrl(where);
  if (url.protocol === 'https:')
    throw new TypeError(`${where}: listen at http:// and let a route of the proxy carry TLS`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new HttpReceiver({ listen: { host, port: Number(url.port || 80) }, ...options });
};
