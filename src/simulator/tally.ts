import type { Millis } from '../core/types.ts';

/** What a run says, as `forehand simulate --json` prints it. Times in ms. */
export interface SimulationResult {
  readonly scenario: string;
  readonly chain: string;
  readonly seed: number;
  /** Measured requests: those that came after the warm-up. */
  readonly requests: number;
  /** Of these, failed: no server, a bad answer, a lost connection, or longer than the timeout. */
  readonly errors: number;
  readonly p50: Millis;
  readonly p90: Millis;
  readonly p99: Millis;
  readonly p999: Millis;
  /** The largest part of the requests that went to one server, 0..1. */
  readonly maxShare: number;
  /** By the clock on the wall, the servers simulated as well. */
  readonly decisionsPerSecond: number;
  /** Of every decision and every latency. */
  readonly checksum: string;
}

const OFFSET = 0x811c9dc5;
/** Primes of FNV-1a and of MurmurHash3's mixing. */
const [PRIME, OTHER_PRIME] = [0x01000193, 0x85ebca6b];

/** Two hashes of 32 bits of the same words, for one of 64. */
class Checksum {
  #a = OFFSET;
  #b = ~OFFSET;
  readonly #number = new Float64Array(1);
  readonly #words = new Uint32Array(this.#number.buffer);

  word(value: number): void {
    this.#a = Math.imul(this.#a ^ value, PRIME);
    this.#b = Math.imul((this.#b ^ value) + (this.#b >>> 15), OTHER_PRIME);
  }

  number(value: number): void {
    this.#number[0] = value;
    this.word(this.#words[0] as number);
    this.word(this.#words[1] as number);
  }

  get text(): string {
    return [this.#a, this.#b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

/** Counts what became of the requests. */
export class Tally {
  requests = 0;
  errors = 0;
  decisions = 0;
  readonly #checksum = new Checksum();
  readonly #sent: Float64Array;
  #latencies = new Float32Array(1 << 16);
  #count = 0;

  constructor(servers: number) {
    this.#sent = new Float64Array(servers);
  }

  /** A decision was made: for a server, or -1 for none. */
  decided(server: number, isMeasured: boolean): void {
    this.decisions += 1;
    this.#checksum.word(server);
    if (isMeasured && server >= 0) this.#sent[server] = (this.#sent[server] as number) + 1;
  }

  /** A measured request has ended well, after this time. */
  answered(latency: Millis): void {
    this.requests += 1;
    this.#add(latency);
  }

  /** A measured request has failed. */
  failed(): void {
    this.requests += 1;
    this.errors += 1;
    this.#checksum.word(-1);
  }

  /** A measured request took longer than it may: a failure that counts as so long. */
  late(timeout: Millis): void {
    this.requests += 1;
    this.errors += 1;
    this.#add(timeout);
  }

  result(facts: Pick<SimulationResult, 'scenario' | 'chain' | 'seed'>, seconds: number): SimulationResult {
    const sorted = this.#latencies.subarray(0, this.#count).slice().sort();
    const at = (part: number): Millis =>
      rounded(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0);
    const sent = this.#sent.reduce((sum, count) => sum + count, 0);
    const most = this.#sent.reduce((highest, count) => Math.max(highest, count), 0);
    return {
      ...facts,
      requests: this.requests,
      errors: this.errors,
      p50: at(0.5),
      p90: at(0.9),
      p99: at(0.99),
      p999: at(0.999),
      maxShare: sent === 0 ? 0 : Number((most / sent).toFixed(6)),
      decisionsPerSecond: seconds > 0 ? Math.round(this.decisions / seconds) : 0,
      checksum: this.#checksum.text,
    };
  }

  #add(latency: Millis): void {
    this.#checksum.number(latency);
    if (this.#count === this.#latencies.length) {
      const grown = new Float32Array(2 * this.#count);
      grown.set(this.#latencies);
      this.#latencies = grown;
    }
    this.#latencies[this.#count++] = latency;
  }
}

/** Microseconds are as much as anybody believes. */
const rounded = (millis: Millis): Millis => Number(millis.toFixed(3));
