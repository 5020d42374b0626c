/** Writes `xds.data.orca.v3.OrcaLoadReport` as protobuf, by hand: the test's own reading of the encoding. */

export const base64 = (text: string): Buffer => Buffer.from(text, 'base64');

const doubleBytes = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
};

/** A field with a double. Numbers of fields below 16 take one byte. */
export const double = (field: number, value: number): Buffer =>
  Buffer.concat([Buffer.from([(field << 3) | 1]), doubleBytes(value)]);

/** An entry of a map from strings, shorter than 128 bytes, to doubles. */
export const entry = (field: number, key: string, value: number | undefined): Buffer => {
  const name = Buffer.from(key);
  const inner = Buffer.concat([
    Buffer.from([(1 << 3) | 2, name.length]),
    name,
    ...(value === undefined ? [] : [double(2, value)]),
  ]);
  return Buffer.concat([Buffer.from([(field << 3) | 2, inner.length]), inner]);
};

export const inBase64 = (...parts: readonly Buffer[]): string => Buffer.concat(parts).toString('base64');

const FIELDS = {
  cpu_utilization: 1,
  mem_utilization: 2,
  utilization: 5,
  rps_fractional: 6,
  eps: 7,
  named_metrics: 8,
  application_utilization: 9,
} as const;

type Report = Partial<Record<keyof typeof FIELDS, number | Readonly<Record<string, number>>>>;

/** The whole message in base64. */
export const aLoadMessage = (report: Report): string =>
  inBase64(
    ...Object.entries(report).flatMap(([name, value]) => {
      const field = FIELDS[name as keyof typeof FIELDS];
      if (typeof value === 'number') return [double(field, value)];
      return Object.entries(value).map(([key, inner]) => entry(field, key, inner));
    }),
  );
