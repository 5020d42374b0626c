import type { OrcaMetrics } from './orca-metrics.ts';
import type { Refusal } from './report.ts';

/** Fields of `xds.data.orca.v3.OrcaLoadReport` that are read. Not: rps (3, deprecated). */
const DOUBLES: ReadonlyMap<number, string> = new Map([
  [1, 'cpu_utilization'],
  [2, 'mem_utilization'],
  [6, 'rps_fractional'],
  [7, 'eps'],
  [9, 'application_utilization'],
]);
const MAPS: ReadonlyMap<number, string> = new Map([
  [4, 'request_cost'],
  [5, 'utilization'],
  [8, 'named_metrics'],
]);

/** Wire types of protobuf's encoding. Groups (3 and 4) are no longer written by anybody. */
const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5] as const;
/** Bytes of a varint. */
const MAX_VARINT = 10;

/** With and without padding, and in the alphabet of URLs, too. */
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

const malformed = (message: string): Refusal => ({ code: 'malformed', message });

/** Goes through one message. Once that is broken, every read gives nothing. */
class Wire {
  isBroken = false;
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isDone(): boolean {
    return this.isBroken || this.#at >= this.#bytes.length;
  }

  /** Not exact above 2^53, where it is no length and no field. */
  varint(): number {
    let value = 0;
    for (let i = 0; i < MAX_VARINT; i++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) return this.#fail();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    return this.#fail();
  }

  double(): number {
    const at = this.#at;
    this.#pass(8);
    return this.isBroken ? 0 : this.#bytes.readDoubleLE(at);
  }

  bytes(): Buffer {
    const length = this.varint();
    const from = this.#at;
    this.#pass(length);
    return this.#bytes.subarray(from, this.isBroken ? from : this.#at);
  }

  skip(wireType: number): void {
    if (wireType === VARINT) this.varint();
    else if (wireType === FIXED64) this.#pass(8);
    else if (wireType === FIXED32) this.#pass(4);
    else if (wireType === BYTES) this.bytes();
    else this.#fail();
  }

  #pass(length: number): void {
    if (length > this.#bytes.length - this.#at) this.#fail();
    else this.#at += length;
  }

  #fail(): number {
    this.isBroken = true;
    return 0;
  }
}

/** Calls back for each field, which must be read or skipped. */
const eachField = (
  bytes: Buffer,
  see: (field: number, wireType: number, wire: Wire) => Refusal | undefined,
): Refusal | undefined => {
  const wire = new Wire(bytes);
  while (!wire.isDone) {
    const tag = wire.varint();
    const refusal = see(Math.floor(tag / 8), tag % 8, wire);
    if (wire.isBroken) return malformed('the message is cut off, or no protobuf');
    if (refusal) return refusal;
  }
  return undefined;
};

/** An entry of a map: a message with the key as field 1 and the value as field 2. */
const readEntry = (metrics: OrcaMetrics, group: string, bytes: Buffer): Refusal | undefined => {
  let key = '';
  let value = 0;
  const refusal = eachField(bytes, (field, wireType, wire) => {
    if (field === 1 && wireType === BYTES) key = wire.bytes().toString('utf8');
    else if (field === 2 && wireType === FIXED64) value = wire.double();
    else wire.skip(wireType);
    return undefined;
  });
  return refusal ?? metrics.put(`${group}.${key}`, value);
};

/** Reads the message as protobuf, in base64. Of a field that comes twice the last one holds, as protobuf has it. */
export const readBinary = (metrics: OrcaMetrics, text: string): Refusal | undefined => {
  if (!BASE64.test(text)) return malformed('not base64');
  return eachField(Buffer.from(text, 'base64'), (field, wireType, wire) => {
    const name = wireType === FIXED64 ? DOUBLES.get(field) : undefined;
    const group = wireType === BYTES ? MAPS.get(field) : undefined;
    if (name !== undefined) return metrics.put(name, wire.double());
    if (group !== undefined) return readEntry(metrics, group, wire.bytes());
    wire.skip(wireType);
    return undefined;
  });
};
