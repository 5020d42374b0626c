import type { Decision } from '../../core/decide.ts';
import { correctedRequests } from '../../core/estimate.ts';
import { expectedDelay } from '../../core/expected-delay.ts';
import type { Millis, Server } from '../../core/types.ts';
import { add } from '../cells/packed.ts';
import { HerdWindows } from './herd-windows.ts';
import { CELL_COUNT, CELLS } from './shadow-cells.ts';

/** What is counted of one shadow chain; it goes on when the same chain is loaded again. */
export class ShadowCount {
  readonly cells = new Float64Array(CELL_COUNT);
  lastFault: string | null = null;
  readonly #herd = new HerdWindows((live, shadow) => {
    add(this.cells, CELLS.windows, 1);
    add(this.cells, CELLS.liveHerd, live);
    add(this.cells, CELLS.shadowHerd, shadow);
  });

  decided(live: Decision, shadow: Decision, proxies: number): void {
    add(this.cells, CELLS.decisions, 1);
    const isSame = live.chosen === shadow.chosen && live.delivery === shadow.delivery;
    if (!isSame) add(this.cells, CELLS.disagreements, 1);
    if (live.chosen && shadow.chosen) this.#compare(live.chosen, shadow.chosen, live.now, proxies);
    else if (live.chosen) add(this.cells, CELLS.refused, 1);
  }

  timed(live: Millis, shadow: Millis): void {
    add(this.cells, CELLS.timed, 1);
    add(this.cells, CELLS.liveMs, live);
    add(this.cells, CELLS.shadowMs, shadow);
  }

  #compare(live: Server, shadow: Server, now: Millis, proxies: number): void {
    const moment = { now, proxies };
    add(this.cells, CELLS.delays, 1);
    add(this.cells, CELLS.liveDelay, expectedDelay(live, correctedRequests(live, moment)));
    add(this.cells, CELLS.shadowDelay, expectedDelay(shadow, correctedRequests(shadow, moment)));
    this.#herd.picked(live.slot, shadow.slot, now);
  }
}
