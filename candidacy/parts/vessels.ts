import { isAmount } from '../../src/core/amounts.ts';

/** Vessels that water is poured into: servers with their capacity, filled by requests. Makes no garbage. */
export class Vessels {
  #count = 0;
  #capacities = new Float64Array(64);
  /** Requests for each unit of capacity; NaN if they are not known. */
  #levels = new Float64Array(64);

  /** Takes all of them away, and makes room for so many. */
  clear(servers: number): void {
    this.#count = 0;
    if (servers <= this.#levels.length) return;
    this.#capacities = new Float64Array(2 * servers);
    this.#levels = new Float64Array(2 * servers);
  }

  /** Adds one at the next index. Into one whose requests are absurd nothing flows; missing ones are not known. */
  add(capacity: number, requests: number | undefined): void {
    const isSane = requests === undefined || isAmount(requests);
    this.#capacities[this.#count] = isSane ? capacity : 0;
    this.#levels[this.#count++] = isSane && requests !== undefined ? requests / capacity : Number.NaN;
  }

  /** Those of which nothing is known stand as high as the mean of the others. */
  fillUnknown(): void {
    let requests = 0;
    let capacity = 0;
    for (let i = 0; i < this.#count; i++) {
      const level = this.#levels[i] as number;
      if (!(level < Number.POSITIVE_INFINITY)) continue;
      requests += level * (this.#capacities[i] as number);
      capacity += this.#capacities[i] as number;
    }
    const mean = capacity > 0 ? requests / capacity : 0;
    for (let i = 0; i < this.#count; i++) if (Number.isNaN(this.#levels[i])) this.#levels[i] = mean;
  }

  /**
   * How high so much more water stands, if it flows to where it is lowest. The level comes down from above: what stands
   * higher than all the rest would with it gets nothing and is left out, until nobody else is. Infinity without
   * capacity.
   */
  levelWith(added: number): number {
    let level = Number.POSITIVE_INFINITY;
    for (;;) {
      let water = added;
      let capacity = 0;
      for (let i = 0; i < this.#count; i++) {
        if (!((this.#levels[i] as number) < level)) continue;
        water += (this.#levels[i] as number) * (this.#capacities[i] as number);
        capacity += this.#capacities[i] as number;
      }
      const next = water / capacity;
      if (!(next < level)) return level;
      level = next;
    }
  }

  /** How much flows into one. */
  inflow(i: number, level: number): number {
    const capacity = this.#capacities[i] as number;
    return capacity > 0 ? capacity * Math.max(0, level - (this.#levels[i] as number)) : 0;
  }

  /** How high one is filled. */
  level(i: number): number {
    return this.#levels[i] as number;
  }
}
