import type { TraceClass } from '../logs/trace.ts';

/** What only workers can tell. Of reports and configurations control has all to say. */
const TOLD_BY_WORKERS: readonly TraceClass[] = ['pool', 'decisions', 'timing'];

/** Those of these classes that workers are to follow. */
export const traceForWorkers = (classes: readonly TraceClass[]): readonly TraceClass[] =>
  classes.filter((name) => TOLD_BY_WORKERS.includes(name));
