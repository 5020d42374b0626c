import type { Millis } from '../core/types.ts';
import { type Clock, systemClock } from './clock.ts';
import type { StateDriver } from './driver.ts';
import { FanOut } from './fan-out.ts';
import { HeartbeatReceiver, type HeartbeatReceiverOptions } from './heartbeat-receive.ts';
import type { PublisherTls } from './http-exchange.ts';
import { HttpPublisher } from './http-publish.ts';
import { ReachedProxies } from './http-reached-proxies.ts';
import { HttpReceiver } from './http-receive.ts';
import type { ReceiverTls } from './http-server.ts';
import type { Rate } from './rate-limit.ts';
import type { Receiver } from './receiver.ts';
import { openRedisPublisher } from './redis/redis-publish.ts';
import { checkToken, type Tokens } from './tokens.ts';
import { parseHeartbeatAddress, parseUdpAddress } from './udp-address.ts';
import { UdpPublisher } from './udp-publish.ts';
import { UdpReceiver } from './udp-receive.ts';

export interface PublisherOptions {
  readonly token?: string;
  /** For URLs of `https:` and `rediss:`. */
  readonly tls?: PublisherTls;
  /** Most time for one report by HTTP. */
  readonly timeout?: Millis;
  readonly clock?: Clock;
}

export interface ReceiverOptions {
  /** Any of them opens the door. None: reports are taken from loopback only. Others may be put in later. */
  readonly tokens?: Tokens;
  /** Reports that one address may send. */
  readonly rate?: Rate;
  /** What a URL of `https:` needs. On a socket that a parent holds it decides whether TLS is spoken. */
  readonly tls?: ReceiverTls;
  /** What a URL of `heartbeat:` needs: the servers of all pools whose host is this IP address. */
  readonly serversAt?: HeartbeatReceiverOptions['serversAt'];
  readonly clock?: Clock;
}

/** `others`: the schemes that are taken at this place besides. */
const parseHttpUrl = (text: string, others: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new TypeError(`expected an http://, https://, ${others} URL, got ${JSON.stringify(text)}`);
  if (url.username !== '' || url.search !== '' || url.hash !== '')
    throw new TypeError(
      `${url.origin}: user, query and fragment do not belong here; the token has its own option`,
    );
  return url;
};

/** What all publishers of one agent have in common. */
interface Common extends Omit<PublisherOptions, 'token'> {
  readonly clock: Clock;
  readonly token?: string;
  readonly reached: ReachedProxies;
}

const onePublisher = (text: string, { reached, ...options }: Common): StateDriver => {
  const { tls, timeout, ...common } = options;
  if (text.startsWith('udp:')) return new UdpPublisher({ to: parseUdpAddress(text), ...common });
  if (/^rediss?:/.test(text)) return openRedisPublisher(text, { ...common, ...(tls ? { tls } : {}) });
  return new HttpPublisher({ url: parseHttpUrl(text, 'redis:// or udp://'), reached, ...options });
};

/**
 * The agent's side, by URL: `http://proxy:9091`, `https://...`, `udp://239.1.1.1:9092?ttl=1`, `redis://...`. Every
 * report goes to all of them, and those by HTTP say how many of the proxies answer. Throws TypeError that names the URL
 * and what is wrong with it.
 */
export const publisherTo = (
  urls: string | readonly string[],
  { token, clock = systemClock, ...options }: PublisherOptions = {},
): StateDriver => {
  const list = typeof urls === 'string' ? [urls] : urls;
  if (list.length === 0) throw new TypeError('expected at least one URL to send reports to');
  const known = token === undefined ? {} : { token: checkToken(token) };
  const common: Common = { ...options, ...known, clock, reached: new ReachedProxies(clock) };
  return new FanOut(list.map((url) => onePublisher(url, common)));
};

type OtherOptions = Omit<ReceiverOptions, 'tls' | 'serversAt'>;

const httpReceiver = (text: string, tls: ReceiverTls | undefined, options: OtherOptions): Receiver => {
  const url = parseHttpUrl(text, 'heartbeat:// or udp://');
  const isTls = url.protocol === 'https:';
  if (isTls && !tls) throw new TypeError(`${text}: expected a certificate and its key`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const listen = { host, port: Number(url.port || (isTls ? 443 : 80)) };
  return new HttpReceiver({ listen, ...options, ...(isTls && tls ? { tls } : {}) });
};

/**
 * The proxy's side: `http://0.0.0.0:9091`, `https://...`, `udp://0.0.0.0:9092`, `udp://239.1.1.1:9092`,
 * `heartbeat://...` (Apache's mod_heartbeat), or a TCP socket that a parent process holds. Listens once it is subscribed
 * to. Throws TypeError for a URL that cannot be listened at.
 */
export const receiverAt = (
  where: string | { readonly fd: number },
  { tls, serversAt, ...options }: ReceiverOptions = {},
): Receiver => {
  if (typeof where !== 'string')
    return new HttpReceiver({ listen: where, ...options, ...(tls ? { tls } : {}) });
  if (where.startsWith('udp:')) return new UdpReceiver({ at: parseUdpAddress(where), ...options });
  if (!where.startsWith('heartbeat:')) return httpReceiver(where, tls, options);
  if (!serversAt) throw new TypeError(`${where}: expected to be told which servers there are`);
  return new HeartbeatReceiver({ at: parseHeartbeatAddress(where), serversAt, ...options });
};
