/** Requests under way by route. A route that has none takes no room. */
export class RouteCounts {
  readonly #counts = new Map<string, number>();

  /** Counts one more; gives how many there are now. */
  enter(route: string): number {
    const count = (this.#counts.get(route) ?? 0) + 1;
    this.#counts.set(route, count);
    return count;
  }

  leave(route: string): void {
    const count = (this.#counts.get(route) ?? 0) - 1;
    if (count > 0) this.#counts.set(route, count);
    else this.#counts.delete(route);
  }
}
