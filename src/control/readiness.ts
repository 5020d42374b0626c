import type { Readiness, ServerView } from './views/views.ts';

type Check = Readiness['checks'][number];

const OUT_OF_USE: readonly string[] = ['down', 'maint', 'drain'];

/** What readiness depends on. */
export interface Reasons {
  readonly servers: readonly ServerView[];
  /** Without pools the proxy answers by itself, and needs no server. */
  readonly hasPools: boolean;
  readonly isDraining: boolean;
}

/** Whether clients may be sent here. `more`: what else has to hold. */
export const readinessOf = (
  { servers, hasPools, isDraining }: Reasons,
  more: readonly Check[] = [],
): Readiness => {
  const usable = servers.filter(({ state }) => !OUT_OF_USE.includes(state)).length;
  const checks: readonly Check[] = [
    { name: 'configuration', ok: true, detail: 'loaded' },
    { name: 'servers', ok: usable > 0 || !hasPools, detail: hasPools ? `${usable} usable` : 'none needed' },
    { name: 'draining', ok: !isDraining, detail: isDraining ? 'the process is about to end' : 'no' },
    ...more,
  ];
  return { ready: checks.every(({ ok }) => ok), checks };
};
