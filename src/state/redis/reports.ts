import { MAX_NODES } from '../../core/nodes.ts';
import { decodeReport, isRefusal, type Refusal, type Report } from '../../core/report.ts';
import type { ReportSource } from '../../core/report-source.ts';
import type { Millis } from '../../core/types.ts';
import { claimOf } from '../claim.ts';
import type { Clock } from '../clock.ts';
import { type Datagram, readDatagram } from '../datagram.ts';
import type { Subscriber } from '../driver.ts';
import { LastReports } from '../last-reports.ts';
import { type Rate, RateLimit } from '../rate-limit.ts';
import { ReplayGuard } from '../replay-guard.ts';
import type { Tokens } from '../tokens.ts';
import { MAX_MESSAGE_BYTES } from './redis-keys.ts';

/** More than any agent sends; a node that does is broken, or somebody who plays it. */
const NODE_RATE: Rate = { perSecond: 50, burst: 100 };
/** So long after a key was read, the channel may still bring what the key held, or what was before it. */
const OVERLAP: Millis = 2000;
/** Who put a message into redis cannot be seen. */
const UNSEEN = { address: '', transport: 'redis' } as const;

/** What is known of a message that was kept in a key. */
export interface Kept {
  /** The node that the key names. */
  readonly node: string;
  readonly age: Millis;
}

export interface ReportsOptions {
  /** Whose signatures are taken. None: unsigned messages are, if redis is on this machine. */
  readonly tokens: Tokens;
  readonly loopback: boolean;
  /** Reports that one node may send; 50 a second if left out. */
  readonly rate?: Rate;
  readonly clock: Clock;
}

/** The door for reports that come through redis. Redis is a messenger: every message is checked as if a stranger brought it. */
export class Reports {
  readonly #tokens: Tokens;
  readonly #loopback: boolean;
  readonly #limit: RateLimit;
  readonly #clock: Clock;
  readonly #replays = new ReplayGuard();
  readonly #last = new LastReports();
  /** When the newest report of each node was signed, the one that was heard last at the end. */
  readonly #newest = new Map<string, number>();
  #keptAt: Millis = Number.NEGATIVE_INFINITY;
  #subscriber: Subscriber | undefined;

  constructor({ tokens, loopback, rate = NODE_RATE, clock }: ReportsOptions) {
    this.#tokens = tokens;
    this.#loopback = loopback;
    this.#limit = new RateLimit(rate);
    this.#clock = clock;
  }

  /** Throws on a second call. */
  subscribe(subscriber: Subscriber): void {
    if (this.#subscriber) throw new Error('this driver has a subscriber already');
    this.#subscriber = subscriber;
  }

  recent(): readonly Report[] {
    return this.#last.recent(this.#clock.now());
  }

  /** Counts what was refused. `json`: what the message carries, as far as that is known. */
  refuse(refusal: Refusal, json?: string): void {
    const claim = json === undefined ? undefined : claimOf(json);
    const { code, message } = refusal;
    this.#subscriber?.refused({ code, message }, UNSEEN, ...(claim ? [claim] : []));
  }

  /** Takes a message from the channel or, with `kept`, from a key. */
  take(bytes: Buffer, kept?: Kept): void {
    if (bytes.length > MAX_MESSAGE_BYTES) {
      this.refuse({ code: 'too_large', message: `a message has at most ${MAX_MESSAGE_BYTES} bytes` });
      return;
    }
    if (this.#tokens.none && !this.#loopback) {
      this.refuse({
        code: 'source',
        message: 'without a token, reports are taken from a redis on this machine only',
      });
      return;
    }
    const message = readDatagram(bytes, this.#tokens, this.#clock.epoch());
    if ('code' in message) this.refuse(message, message.json);
    else this.#read(message, kept);
  }

  #read(message: Datagram, kept: Kept | undefined): void {
    const { json, mac } = message;
    // A key holds what the channel tells: that one message comes on both ways is how it should be.
    const mayBeOld = kept !== undefined || this.#clock.now() - this.#keptAt < OVERLAP;
    if (mac !== undefined && this.#replays.has(mac)) {
      if (!mayBeOld) this.refuse({ code: 'replayed', message: 'this message was taken before' }, json);
      return;
    }
    const report = decodeReport(json);
    const fault = isRefusal(report) ? report : this.#senderFault(report, kept);
    if (fault) this.refuse(fault, json);
    if (isRefusal(report) || fault) return;
    if (mayBeOld && message.sentAt <= (this.#newest.get(report.node) ?? 0)) return;
    const now = this.#clock.now();
    if (kept) this.#keptAt = now;
    if (mac !== undefined) this.#replays.add(mac, now);
    this.#note(report.node, message.sentAt);
    const age = kept?.age ?? 0;
    const refusal = this.#subscriber?.hear(report, this.#sourceOf(message, age));
    if (!refusal) this.#last.remember(report, now - age);
  }

  #senderFault({ node }: Report, kept: Kept | undefined): Refusal | undefined {
    if (kept && kept.node !== node)
      return { code: 'malformed', message: `the key of node "${kept.node}" holds a report of "${node}"` };
    if (this.#limit.allows(node, this.#clock.now())) return undefined;
    return { code: 'rate', message: `too many reports of node "${node}"` };
  }

  #sourceOf({ sentAt, grant }: Datagram, age: Millis): ReportSource {
    return {
      ...UNSEEN,
      // What lay in a key was not late: redis had it in time.
      sent: { at: sentAt, receivedAt: this.#clock.epoch() - age },
      ...(age > 0 ? { age } : {}),
      ...(grant ? { token: grant.name } : {}),
      ...(grant?.pools ? { pools: grant.pools } : {}),
      ...(grant?.from ? { within: grant.from } : {}),
    };
  }

  #note(node: string, sentAt: number): void {
    this.#newest.delete(node);
    this.#newest.set(node, sentAt);
    if (this.#newest.size <= MAX_NODES) return;
    for (const oldest of this.#newest.keys()) {
      this.#newest.delete(oldest);
      return;
    }
  }
}
