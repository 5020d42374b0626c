import type { Refusal, Report } from '../core/report.ts';

/** What Apache's mod_heartbeat says of one httpd: its workers, by what they do. */
export interface Heartbeat {
  /** Workers that wait for a connection, 0 to 10 million. */
  readonly ready: number;
  /** Workers that do anything else, closing and waiting for the next request of a connection included. */
  readonly busy: number;
}

/** The longest that is read. httpd 2.4 sends less than 40 bytes. */
export const MAX_HEARTBEAT_BYTES = 512;
const MOST: number = 1e7;

const refuse = (code: Refusal['code'], message: string): Refusal => ({ code, message });

/** The values of one name, as they are written: nothing that is read here needs an escape. */
const valuesOf = (text: string, name: string): readonly string[] =>
  text
    .split('&')
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1));

/** A number that must be there once. */
const countOf = (text: string, name: string): number | Refusal => {
  const [value, ...more] = valuesOf(text, name);
  if (value === undefined) return refuse('malformed', `heartbeat: there is no "${name}"`);
  if (more.length > 0) return refuse('malformed', `heartbeat: there is more than one "${name}"`);
  return /^\d{1,8}$/.test(value) && Number(value) <= MOST
    ? Number(value)
    : refuse('number', `${name}: expected a whole number from 0 to ${MOST}, got "${value.slice(0, 40)}"`);
};

/**
 * Reads `v=1&ready=75&busy=0`, the whole packet. Names that it does not know are passed over. Never throws.
 * Source: mod_heartbeat.c of httpd 2.4, which writes it, and mod_heartmonitor.c, which reads it.
 */
export const parseHeartbeat = (text: string): Heartbeat | Refusal => {
  if (text.length > MAX_HEARTBEAT_BYTES)
    return refuse('too_large', `a heartbeat has at most ${MAX_HEARTBEAT_BYTES} bytes`);
  if (!/^[\x21-\x7e]+$/.test(text) || !text.includes('='))
    return refuse('malformed', 'not a heartbeat of httpd');
  const versions = valuesOf(text, 'v').join();
  if (versions !== '1')
    return refuse('version', `heartbeat version "${versions.slice(0, 40)}" is not understood, only 1`);
  const ready = countOf(text, 'ready');
  if (typeof ready !== 'number') return ready;
  const busy = countOf(text, 'busy');
  return typeof busy === 'number' ? { ready, busy } : busy;
};

/** A heartbeat as the report of an agent on these servers: workers are slots, busy ones are requests in flight. */
export const reportOf = (
  { ready, busy }: Heartbeat,
  { node, boot, seq, servers }: Pick<Report, 'node' | 'boot' | 'seq' | 'servers'>,
): Report => ({
  v: 1,
  node,
  boot,
  seq,
  stats: { slots: { total: ready + busy, available: ready }, inFlight: busy },
  servers,
});
