import type { Readiness, ServerView } from './views.ts';

type Check = Readiness['checks'][number];

const OUT_OF_USE: readonly string[] = ['down', 'maint', 'drain'];

/** Whether clients may be sent here. `more`: what else has to hold. */
export const readinessOf = (
  servers: readonly ServerView[],
  isDraining: boolean,
  more: readonly Check[] = [],
): Readiness => {
  const usable = servers.filter(({ state }) => !OUT_OF_USE.includes(state)).length;
  const checks: readonly Check[] = [
    { name: 'configuration', ok: true, detail: 'loaded' },
    { name: 'servers', ok: usable > 0, detail: `${usable} usable` },
    { name: 'draining', ok: !isDraining, detail: isDraining ? 'the process is about to end' : 'no' },
    ...more,
  ];
  return { ready: checks.every(({ ok }) => ok), checks };
};
