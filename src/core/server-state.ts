import type { HandState, HealthState, ToldState } from './server-spec.ts';
import type { ServerState } from './types.ts';

/** What is known of a server that its state depends on. */
export interface StateFacts {
  /** Set by hand. */
  readonly hand?: 'drain' | 'maint' | undefined;
  /** What checks have found. */
  readonly health?: HealthState['state'] | undefined;
  /** What functions with a memory say of it. */
  readonly remembered?: ServerState | undefined;
  /** Said by its agent-check. */
  readonly told?: Exclude<ToldState['state'], 'ready'> | undefined;
  /** What its connections and reports say, here or in other processes of this proxy. */
  readonly seen: ServerState;
}

/** Who says what state a server is in. */
export type StateSource =
  | 'hand'
  | 'health'
  | 'ejection'
  | 'agent-check'
  | 'connection'
  | 'nobody'
  | 'slow start'
  | 'ready';

interface StateRule {
  readonly by: StateSource;
  /** Undefined where it has nothing to say. */
  readonly state: (facts: StateFacts) => ServerState | undefined;
}

const ifSaid =
  (state: ServerState) =>
  ({ remembered, seen }: StateFacts): ServerState | undefined =>
    remembered === state || seen === state ? state : undefined;

/**
 * Who has the say, first to last. What an operator wants comes before what is so; a failed check before anything that
 * the server says of itself; what forbids requests before what makes them fewer.
 */
const STATE_RULES: readonly StateRule[] = [
  { by: 'hand', state: ({ hand }) => hand },
  { by: 'health', state: ({ health }) => (health === 'down' ? 'down' : undefined) },
  { by: 'ejection', state: ifSaid('ejected') },
  { by: 'agent-check', state: ({ told }) => told },
  { by: 'connection', state: ifSaid('down') },
  { by: 'nobody', state: ({ seen }) => (seen === 'unknown' ? seen : undefined) },
  { by: 'slow start', state: ifSaid('slowstart') },
];

/** The state that a server is in, and who says so: the first in the order of precedence that says anything. */
export const stateFrom = (facts: StateFacts): { readonly state: ServerState; readonly by: StateSource } => {
  for (const { by, state } of STATE_RULES) {
    const said = state(facts);
    if (said !== undefined) return { state: said, by };
  }
  return { state: 'ready', by: 'ready' };
};

interface SetFacts {
  readonly hand: HandState | undefined;
  readonly told: ToldState | undefined;
}

/** The state that was set by hand; undefined for a server that may get requests. Weight 0 is `drain`. */
export const handStateOf = ({ hand }: Pick<SetFacts, 'hand'>): StateFacts['hand'] => {
  if (!hand) return undefined;
  if (hand.state !== 'ready') return hand.state;
  return hand.weight === 0 ? 'drain' : undefined;
};

/** The state that its agent-check wants; undefined for a server that may get requests. Weight 0 is `drain`. */
export const toldStateOf = ({ told }: Pick<SetFacts, 'told'>): StateFacts['told'] => {
  if (!told) return undefined;
  if (told.state !== 'ready') return told.state;
  return told.weight === 0 ? 'drain' : undefined;
};

/** All that is known of a server. Written out: copies of parts of it would cost fifteen times as much. */
export const factsOf = (
  server: SetFacts & { readonly health: HealthState | undefined },
  remembered: ServerState | undefined,
  seen: ServerState,
): StateFacts => ({
  hand: handStateOf(server),
  health: server.health?.state,
  told: toldStateOf(server),
  remembered,
  seen,
});
