import type { Candidacy } from '../src/core/candidacy.ts';
import { addPrediction } from './add-prediction.ts';
import { addSelf } from './add-self.ts';
import { byAge } from './by-age.ts';
import { byBusyChildren } from './by-busy-children.ts';
import { byCost } from './by-cost.ts';
import { byCPU } from './by-cpu.ts';
import { byFunction } from './by-function.ts';
import { byHostname } from './by-hostname.ts';
import { byInFlight } from './by-in-flight.ts';
import { byLoad } from './by-load.ts';
import { byLogWindow } from './by-log-window.ts';
import { byMarginalCost } from './by-marginal-cost.ts';
import { byMemory } from './by-memory.ts';
import { byRandom } from './by-random.ts';
import { bySession } from './by-session.ts';
import { byTag } from './by-tag.ts';
import { byWeightedRandom } from './by-weighted-random.ts';
import { candidates } from './candidates.ts';
import { httpRedirectToIP } from './http-redirect-to-ip.ts';
import { httpRedirectToName } from './http-redirect-to-name.ts';
import { notEjected } from './not-ejected.ts';
import { off } from './off.ts';
import { removeSelf } from './remove-self.ts';
import { sample } from './sample.ts';

const all: readonly Candidacy[] = [
  byAge,
  notEjected,
  byTag,
  byHostname,
  removeSelf,
  addSelf,
  addPrediction,
  bySession,
  byRandom,
  byLogWindow,
  sample,
  candidates,
  byMarginalCost,
  byInFlight,
  byWeightedRandom,
  byLoad,
  byCost,
  byCPU,
  byMemory,
  byBusyChildren,
  httpRedirectToIP,
  httpRedirectToName,
  byFunction,
  off,
];

/** Every built-in function by its name, in the order in which a chain would use them. */
export const builtIns: ReadonlyMap<string, Candidacy> = new Map(all.map((one) => [one.name, one]));

export {
  addPrediction,
  addSelf,
  byAge,
  byBusyChildren,
  byCost,
  byCPU,
  byFunction,
  byHostname,
  byInFlight,
  byLoad,
  byLogWindow,
  byMarginalCost,
  byMemory,
  byRandom,
  bySession,
  byTag,
  byWeightedRandom,
  candidates,
  httpRedirectToIP,
  httpRedirectToName,
  notEjected,
  off,
  removeSelf,
  sample,
};
