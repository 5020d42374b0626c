import type { PlannedLocal } from '../../config/planning/plan-local.ts';
import type { RouteRules } from '../../core/route-rules.ts';
import type { LocalSource } from '../../local/local-source.ts';

/** What answers inside this process, as it was planned. `errorAnswer`: what it says in place of our own texts. */
export const localSource = (planned: PlannedLocal, errorAnswer: RouteRules['errorAnswer']): LocalSource =>
  planned.kind === 'handler'
    ? { kind: 'handler', handler: planned.script }
    : { ...planned, ...(errorAnswer ? { errorAnswer } : {}) };
