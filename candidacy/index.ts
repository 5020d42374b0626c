import type { Candidacy } from '../src/core/candidacy.ts';
import { addPrediction } from './add-prediction.ts';
import { addSelf } from './add-self.ts';
import { boundedLoad } from './bounded-load.ts';
import { byAge } from './by-age.ts';
import { byBusyChildren } from './by-busy-children.ts';
import { byConcurrencyLimit } from './by-concurrency-limit.ts';
import { byCost } from './by-cost.ts';
import { byCPU } from './by-cpu.ts';
import { byExpectedDelay } from './by-expected-delay.ts';
import { byFunction } from './by-function.ts';
import { byHostname } from './by-hostname.ts';
import { byHotCold } from './by-hot-cold.ts';
import { byInFlight } from './by-in-flight.ts';
import { byLoad } from './by-load.ts';
import { byLogWindow } from './by-log-window.ts';
import { byMaglev } from './by-maglev.ts';
import { byMarginalCost } from './by-marginal-cost.ts';
import { byMemory } from './by-memory.ts';
import { byOrcaWeight } from './by-orca-weight.ts';
import { byPeakEwma } from './by-peak-ewma.ts';
import { byRandom } from './by-random.ts';
import { byRendezvous } from './by-rendezvous.ts';
import { bySession } from './by-session.ts';
import { byTag } from './by-tag.ts';
import { byWaterfill } from './by-waterfill.ts';
import { byWeightedRandom } from './by-weighted-random.ts';
import { byZone } from './by-zone.ts';
import { canary } from './canary.ts';
import { candidates } from './candidates.ts';
import { httpRedirectToIP } from './http-redirect-to-ip.ts';
import { httpRedirectToName } from './http-redirect-to-name.ts';
import { notEjected } from './not-ejected.ts';
import { off } from './off.ts';
import { removeSelf } from './remove-self.ts';
import { roundRobin } from './round-robin.ts';
import { sample } from './sample.ts';
import { slowStart } from './slow-start.ts';
import { twoChoices } from './two-choices.ts';

const all: readonly Candidacy[] = [
  byAge,
  notEjected,
  byConcurrencyLimit,
  slowStart,
  byTag,
  byHostname,
  removeSelf,
  addSelf,
  addPrediction,
  canary,
  byZone,
  bySession,
  byRandom,
  byLogWindow,
  sample,
  candidates,
  byMarginalCost,
  byExpectedDelay,
  byHotCold,
  byInFlight,
  twoChoices,
  byPeakEwma,
  roundRobin,
  byOrcaWeight,
  byWaterfill,
  byWeightedRandom,
  byLoad,
  byCost,
  byCPU,
  byMemory,
  byBusyChildren,
  byRendezvous,
  byMaglev,
  boundedLoad,
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
  boundedLoad,
  byAge,
  byBusyChildren,
  byConcurrencyLimit,
  byCost,
  byCPU,
  byExpectedDelay,
  byFunction,
  byHostname,
  byHotCold,
  byInFlight,
  byLoad,
  byLogWindow,
  byMaglev,
  byMarginalCost,
  byMemory,
  byOrcaWeight,
  byPeakEwma,
  byRandom,
  byRendezvous,
  bySession,
  byTag,
  byWaterfill,
  byWeightedRandom,
  byZone,
  canary,
  candidates,
  httpRedirectToIP,
  httpRedirectToName,
  notEjected,
  off,
  removeSelf,
  roundRobin,
  sample,
  slowStart,
  twoChoices,
};
