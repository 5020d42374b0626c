import type { Refusal, Report } from '../core/report.ts';
import type { Trace } from './trace.ts';

/** Says that a report was taken. `from`: transport and address of its sender. */
export const traceReport = (trace: Trace | undefined, report: Report, from: string): void => {
  if (!trace?.enabled('reports')) return;
  const { node, boot, seq, servers } = report;
  trace.say('reports', 'report taken', { from, node, boot, seq, servers: servers.map(({ url }) => url) });
};

/** Says that a report was refused, and why. */
export const traceRefusal = (trace: Trace | undefined, { code, message }: Refusal, from: string): void => {
  if (trace?.enabled('reports')) trace.say('reports', 'report refused', { from, code, why: message });
};
