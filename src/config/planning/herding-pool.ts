import { parseAgentAddress } from '../schema/address.ts';
import type { Config } from '../schema/schema.ts';
import { HEARTBEAT_PERIOD, REPORT_PERIOD } from './herd-model.ts';
import type { HerdingPool } from './herding.ts';

/** How many servers a pool is taken to have at least that others than its list may fill. */
const ASSUMED_SERVERS = 10;

const isHeartbeat = (text: string): boolean => {
  const address = parseAgentAddress(text);
  return typeof address !== 'string' && address.kind === 'heartbeat';
};

/** What is known of a pool when the configuration is read, for warnings of herding. */
export const herdingPool = ({ pools, agents, state }: Config, name: string): HerdingPool => {
  const pool = pools[name];
  const listed = pool?.servers.length ?? 0;
  const isOpen = pool !== undefined && (pool.accept.length > 0 || pool.discovery !== undefined);
  const isAssumed = isOpen && listed < ASSUMED_SERVERS;
  return {
    servers: isAssumed ? ASSUMED_SERVERS : listed,
    isAssumed,
    period: agents?.listen.some(isHeartbeat) ? HEARTBEAT_PERIOD : REPORT_PERIOD,
    hasOtherProxies: state?.driver === 'redis',
  };
};
