import { readBinary } from './orca-binary.ts';
import { readJson, readText } from './orca-entries.ts';
import { OrcaMetrics } from './orca-metrics.ts';
import type { Refusal } from './report.ts';
import type { Stats } from './types.ts';

/**
 * How a load report comes with an answer: by the name of its field (`endpoint-load-metrics`, `-json`, `-bin`).
 * `several`: there is more than one such field, so that nobody can say which of them holds.
 */
export type LoadReportFormat = 'text' | 'json' | 'binary' | 'several';

/** Longest value of a field that is read, in characters: far more than 64 metrics need. */
export const MAX_LOAD_REPORT = 8192;

/** vLLM and Triton name the format in the value, whatever the field is called: `TEXT ...`, `JSON ...`, `BIN ...`. */
const PREFIX = /^(?:TEXT|JSON|BIN)(?:[ \t]+|$)/i;
/** By the first letter of a prefix in lower case. */
const BY_LETTER: Readonly<Record<string, LoadReportFormat>> = { t: 'text', j: 'json', b: 'binary' };

const readInto = (metrics: OrcaMetrics, format: LoadReportFormat, text: string): Refusal | undefined => {
  switch (format) {
    case 'text':
      return readText(metrics, text);
    case 'json':
      return readJson(metrics, text);
    case 'binary':
      return readBinary(metrics, text);
    case 'several':
      return { code: 'malformed', message: 'there is more than one field with a load report' };
  }
};

/**
 * Reads what a server says of its load in a field of its answer (ORCA, `xds.data.orca.v3.OrcaLoadReport`). Which metric
 * becomes what is the table in orca-metrics.ts. Others are passed over; a number that is negative, infinite or none, a
 * metric that comes twice in a text, more than 64 of them or a value longer than MAX_LOAD_REPORT refuse the report as a
 * whole. Never throws.
 *
 * Sources: Envoy's `endpoint-load-metrics` headers (source/common/orca), cncf/xds orca_load_report.proto, vLLM's and
 * Triton's answers to `endpoint-load-metrics-format`.
 */
export const parseLoadReport = (format: LoadReportFormat, text: string): Stats | Refusal => {
  if (text.length > MAX_LOAD_REPORT)
    return { code: 'too_large', message: `a load report of more than ${MAX_LOAD_REPORT} bytes` };
  const prefix = format === 'several' ? '' : (PREFIX.exec(text)?.[0] ?? '');
  const named = BY_LETTER[prefix.charAt(0).toLowerCase()] ?? format;
  const metrics = new OrcaMetrics();
  return readInto(metrics, named, text.slice(prefix.length)) ?? metrics.stats();
};

/** Tells a refusal from stats, which have no such field. */
export const isRefusedLoad = (result: Stats | Refusal): result is Refusal => 'code' in result;
