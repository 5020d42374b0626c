import type { Plan } from '../../config/planning/plan.ts';
import type { Trace } from './trace.ts';

/** Says what a configuration that was taken comes to: its files, pools, chains and routes. */
export const traceConfig = (trace: Trace | undefined, { files, pools, chains, routes }: Plan): void => {
  if (!trace?.enabled('config')) return;
  for (const file of files) trace.say('config', 'file read', { file });
  for (const { name, servers, accept } of pools)
    trace.say('config', `pool ${name}`, { servers: servers.map(({ id }) => id), accept: accept.length });
  for (const { name, pool, links, whenEmpty } of chains)
    trace.say('config', `chain ${name}`, { pool, links: links.map((link) => link.name), whenEmpty });
  for (const { name, chain, match } of routes) trace.say('config', `route ${name}`, { chain, ...match });
};
