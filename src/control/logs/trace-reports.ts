import type { Refusal, Report } from '../../core/report.ts';
import type { ReportSource } from '../../core/report-source.ts';
import type { Trace } from './trace.ts';

/** Says that a report was taken. Runs for every report: makes nothing while nobody listens. */
export const traceReport = (trace: Trace | undefined, report: Report, source: ReportSource): void => {
  if (!trace?.enabled('reports')) return;
  const { node, boot, seq, servers } = report;
  const from = senderText(source);
  trace.say('reports', 'report taken', { from, node, boot, seq, servers: servers.map(({ url }) => url) });
};

/** Says that a report was refused, and why. `from`: as senderText tells it. */
export const traceRefusal = (trace: Trace | undefined, { code, message }: Refusal, from: string): void => {
  if (trace?.enabled('reports')) trace.say('reports', 'report refused', { from, code, why: message });
};

/** Transport and address of a sender for people: `http 10.0.0.7`; the transport alone where it shows no address. */
export const senderText = ({ transport, address }: Pick<ReportSource, 'transport' | 'address'>): string =>
  address === '' ? transport : `${transport} ${address}`;
