import { LOAD_FIELD } from '../core/load-probe.ts';
import type { LoadReportFormat } from '../core/orca.ts';
import type { Server } from '../core/types.ts';
import type { DoorParts } from './door-parts.ts';
import type { RawFields } from './fields.ts';

/** The fields, in lower case, in which a server says what its load is (ORCA). They are for us alone. */
const FORMATS: ReadonlyMap<string, LoadReportFormat> = new Map([
  [LOAD_FIELD, 'text'],
  ['endpoint-load-metrics-json', 'json'],
  ['endpoint-load-metrics-bin', 'binary'],
]);

/** True for a field that says what the load of a server is. */
export const isLoadReport = (lower: string): boolean => FORMATS.has(lower);

/** Most names are shorter than any of those, and need not be made lower case. */
const SHORTEST = Math.min(...[...FORMATS.keys()].map((name) => name.length));

const formatOf = (name: string): LoadReportFormat | undefined =>
  name.length < SHORTEST ? undefined : FORMATS.get(name.toLowerCase());

/** Passes on what a final answer says of its server's load, if it does and if anybody wants to hear it. */
export const tellLoad = (door: DoorParts, server: Server | undefined, raw: RawFields): void => {
  if (!door.loadReport || !server) return;
  let found = 0;
  let format: LoadReportFormat = 'several';
  let text = '';
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const known = formatOf(raw[i] ?? '');
    if (known === undefined) continue;
    found += 1;
    format = known;
    text = raw[i + 1] ?? '';
  }
  if (found > 1) door.loadReport(server, 'several', '');
  else if (found === 1) door.loadReport(server, format, text);
};
