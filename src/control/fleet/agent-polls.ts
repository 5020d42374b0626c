import { addressOf } from '../../core/accept.ts';
import type { Board } from '../../core/board.ts';
import type { ServerRecord } from '../../core/server-record.ts';
import type { ToldState } from '../../core/server-spec.ts';
import type { Millis } from '../../core/types.ts';
import { AgentChecks, type AgentChecksParts, type CheckTarget } from '../../state/agent-checks.ts';
import type { EventLog } from '../events/events.ts';

/** How the agents of a pool are asked. */
export interface AgentPollSettings {
  /** At the host of each server. */
  readonly port: number;
  readonly every: Millis;
  readonly timeout: Millis;
  readonly send?: string | undefined;
}

export interface AgentPollsParts {
  readonly board: Board;
  readonly events: Pick<EventLog, 'add'>;
  /** Called after the board has changed. */
  readonly changed: () => void;
  /** For tests. */
  readonly ask?: AgentChecksParts['ask'];
}

/** How often it is looked for servers that have come or left. */
const LOOK_EVERY_MS: Millis = 1000;

const targetOf = (record: ServerRecord, { send, ...settings }: AgentPollSettings): CheckTarget => ({
  pool: record.pool,
  server: record.id,
  host: addressOf(record.url),
  ...settings,
  ...(send === undefined ? {} : { send }),
});

const nameOf = ({ pool, server, host, port }: CheckTarget): string =>
  `the agent of ${server} in pool ${pool}, ${host} port ${port}`;

/** Asks the agents of all servers of those pools that want it, and puts on the board what they say. */
export class AgentPolls {
  readonly #parts: AgentPollsParts;
  readonly #checks: AgentChecks;
  readonly #looking: NodeJS.Timeout;
  #pools: ReadonlyMap<string, AgentPollSettings> = new Map();

  constructor(parts: AgentPollsParts) {
    this.#parts = parts;
    const { events, ask } = parts;
    this.#checks = new AgentChecks({
      tell: (target, told) => this.#tell(target, told),
      onFault: (target, fault) =>
        fault === undefined
          ? events.add('agent_check_recovered', `${nameOf(target)} answers again`)
          : events.add(
              'agent_check_failed',
              `${nameOf(target)}: ${fault}; what it said before holds`,
              'warn',
            ),
      ...(ask ? { ask } : {}),
    });
    this.#looking = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  /** Asks in these pools, by name, and in no others from now on. */
  follow(pools: ReadonlyMap<string, AgentPollSettings>): void {
    this.#pools = pools;
    this.look();
  }

  /** Looks which servers there are. Done every second besides. */
  look(): void {
    this.#checks.follow(
      [...this.#pools].flatMap(([name, settings]) =>
        (this.#parts.board.pool(name)?.servers ?? []).map((record) => targetOf(record, settings)),
      ),
    );
  }

  close(): void {
    clearInterval(this.#looking);
    this.#checks.close();
  }

  #tell({ pool: name, server }: CheckTarget, told: ToldState | undefined): void {
    const { board, changed } = this.#parts;
    const pool = board.pool(name);
    const record = pool?.byId(server);
    if (!pool || !record || record.told === told) return;
    pool.setTold(record, told);
    changed();
  }
}
