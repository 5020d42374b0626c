import { MAX_REPORT_BYTES, type Refusal, type Report } from '../core/report.ts';
import { type Fault, readRefusal } from './http-protocol.ts';

const PREFIX = /^\d{1,16} \d{1,5} \{/;
/** The last moment that a Date can tell, in ms since 1970. */
const LAST_MOMENT = 8.64e15;
/** More proxies than this share no servers. */
export const MAX_PROXIES = 1024;
/** A report with what stands before it. */
export const MAX_LINE_BYTES = MAX_REPORT_BYTES + 32;
/** Far more than any line of a proxy has. */
export const MAX_PROXY_LINE_BYTES = 4096;

/** What a sender says beside its report. Each is left out where it is missing or cannot be. */
export interface Said {
  /** When it was sent, ms since 1970 on the sender's clock. */
  readonly at?: number;
  /** How many proxies answer the sender; 1 to MAX_PROXIES. */
  readonly proxies?: number;
}

const NOTHING_SAID: Said = {};

const isMoment = (at: number): boolean => at > 0 && at <= LAST_MOMENT;
const isCount = (count: number): boolean => count >= 1 && count <= MAX_PROXIES;

const saidBy = (at: number, proxies: number): Said => {
  if (isMoment(at)) return isCount(proxies) ? { at, proxies } : { at };
  return isCount(proxies) ? { proxies } : NOTHING_SAID;
};

const numberOf = (text: unknown): number =>
  typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;

/** The same from the fields `forehand-sent` and `forehand-proxies` of a request. */
export const saidInFields = (sent: unknown, proxies: unknown): Said =>
  saidBy(numberOf(sent), numberOf(proxies));

/** A line from agent to proxy: `<epoch ms> <proxies> <report as JSON>`. `proxies`: 0 if the agent knows of none yet. */
export const reportLine = (json: string, at: number, proxies: number): string =>
  `${Math.round(at)} ${proxies} ${json}\n`;

/** Takes such a line apart. Where the two numbers are missing, all of it is the report. */
export const readReportLine = (text: string): { readonly json: string; readonly said: Said } => {
  if (!PREFIX.test(text)) return { json: text, said: NOTHING_SAID };
  const [first, second] = [text.indexOf(' '), text.indexOf('{') - 1];
  const said = saidBy(Number(text.slice(0, first)), Number(text.slice(first + 1, second)));
  return { json: text.slice(second + 1), said };
};

/** A line from proxy to agent: who it is, the newest report that was taken, or why one was not. */
export type ProxyLine =
  | { readonly proxy: string }
  | { readonly taken: number }
  | { readonly refused: Fault & { readonly seq?: number } };

/** `seq` is left out for what could not be read that far. */
export const refusedLine = ({ code, message }: Refusal, seq: Report['seq'] | undefined): ProxyLine => ({
  refused: { ...(seq === undefined ? {} : { seq }), code, message },
});

export const writeProxyLine = (line: ProxyLine): string => `${JSON.stringify(line)}\n`;

/** Undefined for a line that only a later version knows. Throws SyntaxError for what is no line of a proxy at all. */
export const readProxyLine = (text: string): ProxyLine | undefined => {
  const { proxy, taken, refused } = Object(JSON.parse(text));
  if (typeof proxy === 'string') return { proxy };
  if (typeof taken === 'number') return { taken };
  const fault = readRefusal(refused);
  if (!fault) return undefined;
  return { refused: typeof refused.seq === 'number' ? { ...fault, seq: refused.seq } : fault };
};
