/** `forehand/agent`: reports from inside an application, and the benchmark of `forehand bench-node`. */
export type { Report } from '../src/core/report.ts';
export type { Stats } from '../src/core/types.ts';
export type { DriverHealth, StateDriver } from '../src/state/driver.ts';
export { type Agent, startAgent } from './agent.ts';
export { type Benchmark, benchNode } from './arriba.ts';
export type { AgentOptions, Slots } from './options.ts';
export type { AgentProblem } from './problems.ts';
