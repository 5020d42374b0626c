import type { Server } from '../../src/core/types.ts';

/** A number for each server of the list that is looked at. Makes no garbage. */
export class BySlot {
  #values = new Float64Array(64);

  /** Makes room for these; what was kept of others may stay. */
  clear(servers: readonly Server[]): void {
    let highest = 0;
    for (let i = 0; i < servers.length; i++) highest = Math.max(highest, (servers[i] as Server).slot);
    if (highest >= this.#values.length) this.#values = new Float64Array(2 * highest + 2);
  }

  set({ slot }: Server, value: number): void {
    this.#values[slot] = value;
  }

  /** What was set last; 0 for a server for which nothing was. */
  get({ slot }: Server): number {
    return this.#values[slot] ?? 0;
  }
}
