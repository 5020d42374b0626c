import { defineCandidacy, type Signal } from '../src/core/candidacy.ts';
import {
  inTurn,
  leaveRotation,
  newRotation,
  newTurn,
  type Rotation,
  type Turn,
  takeTurn,
} from './parts/turns.ts';

const turns = (): Signal<Turn, Rotation> => ({
  shared: newRotation,
  init: (rotation, place) => {
    const turn = newTurn(rotation, place);
    rotation.members.push(turn);
    return turn;
  },
  onBegin: takeTurn,
  onGone: leaveRotation,
});

/**
 * One after the other: whose last request began longest ago comes first. A server of weight 0.5 gets every second turn.
 * It sees neither load nor speed: for equal servers and equal requests.
 *
 * - Formula: earliest `last turn + 1 / weight`, in rounds of this proxy; a turn is taken when a request begins. Servers
 *   that never had one come first, in random order. Who was left out for a while gets one turn, not all that it missed.
 * - Example: `- roundRobin`.
 * - Missing stats: reads none.
 * - Cost: O(n log n); O(n) as the last link.
 * - Source: earliest deadline first, as in Envoy's and gRPC's weighted round robin.
 */
export const roundRobin = defineCandidacy({
  name: 'roundRobin',
  summary: 'one after the other, by the weights that were set',
  kind: 'order',
  signal: turns,
  create: (_, turnOf) => inTurn(turnOf),
});
