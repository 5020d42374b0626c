import type { News, PoolTap } from '../core/board-tap.ts';
import type { InBand } from '../core/observed.ts';
import type { ServerRecord } from '../core/server-record.ts';
import type { HandState, HealthState, ServerSpec, ToldState } from '../core/server-spec.ts';
import type { Millis, Outcome } from '../core/types.ts';
import type { EventChunks } from './event-chunks.ts';
import { EVENT, HEAD_BIT, IN_BAND_BIT, REASONS, SIDES, UNSENT_BIT } from './event-kinds.ts';
import { writeStats, writeValue } from './write-value.ts';

/** Writes down what happens to one pool. */
export class PoolRecorder implements PoolTap {
  readonly #chunks: EventChunks;
  readonly #pool: number;

  /** `pool`: its place in the checkpoint. */
  constructor(chunks: EventChunks, pool: number) {
    this.#chunks = chunks;
    this.#pool = pool;
  }

  begun({ number }: ServerRecord, now: Millis): void {
    const chunks = this.#chunks;
    if (!chunks.start() || chunks.markBegun(this.#pool, number, now)) return;
    chunks.bytes.head(EVENT.begun, this.#pool, number, now);
    this.#chunks.end();
  }

  ended({ number }: ServerRecord, outcome: Outcome, now: Millis): void {
    if (!this.#chunks.start()) return;
    const { bytes } = this.#chunks;
    if (outcome.kind === 'answered') {
      bytes.head(EVENT.answered, this.#pool, number, now);
      bytes.answer(outcome.status, outcome.firstByte, outcome.total);
    } else {
      bytes.head(EVENT.failed, this.#pool, number, now);
      bytes.u8(SIDES.indexOf(outcome.side) | (outcome.unsent ? UNSENT_BIT : 0));
      bytes.u8(REASONS.indexOf(outcome.reason));
    }
    this.#chunks.end();
  }

  heard({ number }: ServerRecord, { node, stats, restarted, heardAt }: News, now: Millis): void {
    if (!this.#chunks.start()) return;
    const { bytes } = this.#chunks;
    bytes.head(EVENT.heard, this.#pool, number, now);
    bytes.f64(heardAt);
    bytes.u8(restarted ? 1 : 0);
    bytes.text(node);
    writeStats(bytes, stats);
    this.#chunks.end();
  }

  heardInBand({ number }: ServerRecord, { stats, heardAt, by }: InBand, isSame: boolean, now: Millis): void {
    if (!this.#chunks.start()) return;
    const { bytes } = this.#chunks;
    const isNow = heardAt === now;
    bytes.head(isNow ? EVENT.heardInBand | HEAD_BIT.extra : EVENT.heardInBand, this.#pool, number, now);
    const { at } = bytes;
    bytes.at = at + 1;
    const isWhole = !isNow && bytes.otherTime(heardAt);
    bytes.put8(
      at,
      (by === 'probe' ? IN_BAND_BIT.probe : 0) |
        (isSame ? IN_BAND_BIT.same : 0) |
        (isWhole ? IN_BAND_BIT.fullTime : 0),
    );
    if (!isSame) writeStats(bytes, stats);
    this.#chunks.end();
  }

  lapsed(now: Millis): void {
    if (!this.#chunks.start()) return;
    this.#begin(EVENT.lapsed);
    this.#chunks.bytes.f64(now);
    this.#chunks.end();
  }

  elsewhere({ number }: ServerRecord, count: number): void {
    if (!this.#chunks.start()) return;
    this.#server(EVENT.elsewhere, number);
    this.#chunks.bytes.u32(count);
    this.#chunks.end();
  }

  set({ number }: ServerRecord, hand: HandState | undefined, told: ToldState | undefined): void {
    if (!this.#chunks.start()) return;
    this.#server(EVENT.set, number);
    writeValue(this.#chunks.bytes, { hand, told });
    this.#chunks.end();
  }

  checked({ number }: ServerRecord, health: HealthState | undefined, now: Millis): void {
    if (!this.#chunks.start()) return;
    this.#server(EVENT.checked, number);
    this.#chunks.bytes.f64(now);
    writeValue(this.#chunks.bytes, health);
    this.#chunks.end();
  }

  retagged({ number }: ServerRecord, tags: readonly string[]): void {
    if (!this.#chunks.start()) return;
    this.#server(EVENT.retagged, number);
    writeValue(this.#chunks.bytes, tags);
    this.#chunks.end();
  }

  announced(url: URL, tags: readonly string[], now: Millis): void {
    if (!this.#chunks.start()) return;
    this.#begin(EVENT.announced);
    this.#chunks.bytes.f64(now);
    this.#chunks.bytes.text(url.href);
    writeValue(this.#chunks.bytes, tags);
    this.#chunks.end();
  }

  discovered(specs: readonly ServerSpec[], now: Millis): void {
    if (!this.#chunks.start()) return;
    this.#begin(EVENT.discovered);
    this.#chunks.bytes.f64(now);
    writeValue(
      this.#chunks.bytes,
      specs.map((spec) => ({ ...spec, url: spec.url.href })),
    );
    this.#chunks.end();
  }

  forgot(now: Millis, silence: Millis): void {
    if (!this.#chunks.start()) return;
    this.#begin(EVENT.forgot);
    this.#chunks.bytes.f64(now);
    this.#chunks.bytes.f64(silence);
    this.#chunks.end();
  }

  #begin(kind: number): void {
    this.#chunks.bytes.u8(kind);
    this.#chunks.bytes.u16(this.#pool);
  }

  #server(kind: number, number: number): void {
    this.#begin(kind);
    this.#chunks.bytes.u32(number);
  }
}
