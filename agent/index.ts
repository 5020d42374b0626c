/** `forehand/agent`: reports from inside an application, and the benchmark of `forehand bench-node`. */
export type { Report } from '../src/core/report.ts';
export type { Stats } from '../src/core/types.ts';
export type { DriverHealth, StateDriver } from '../src/state/driver.ts';
export { type Agent, startAgent } from './agent.ts';
export { type AgentCheckAnswer, agentCheckAnswer, openAgentCheck } from './agent-check.ts';
export type { LoadMiddleware } from './answers.ts';
export { type Benchmark, benchNode } from './arriba.ts';
export type { ListenAt, Listening } from './listening.ts';
export type { Pids } from './live-arriba.ts';
export type { AgentOptions, AgentTls, Slots } from './options.ts';
export { openProbe } from './probe.ts';
export type { AgentProblem } from './problems.ts';
export type { Ending, EndRequest } from './requests.ts';
export type { ScrapeSource } from './scrape/wanted.ts';
