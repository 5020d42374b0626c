import { empty, failed, type Trouble } from './finding.ts';
import type { AddressRecord, Answer, NameServer } from './name-server.ts';

type Family = 4 | 6;

/** The addresses that a name has now, as far as one knows. */
export interface Addresses {
  /** IP literals without brackets, sorted; those of the last good answer where there is no newer. */
  readonly addresses: readonly string[];
  /** Seconds for which all of the new answers may be kept; undefined where there is none. */
  readonly ttl: number | undefined;
  readonly trouble: Trouble | undefined;
}

const TYPES: readonly (readonly [Family, string])[] = [
  [4, 'A'],
  [6, 'AAAA'],
];

const shortestTtl = (answers: readonly Answer<AddressRecord>[]): number | undefined => {
  let shortest: number | undefined;
  for (const answer of answers) {
    if (answer.kind !== 'found') continue;
    for (const { ttl } of answer.records) if (ttl !== undefined) shortest = Math.min(ttl, shortest ?? ttl);
  }
  return shortest;
};

/**
 * The addresses of one name in both families. What a family said last is kept while it cannot be asked, and what both
 * said while neither names an address any more. A family that never named one may fail: many DNS servers answer for
 * one family only.
 */
export class NameAddresses {
  readonly #name: string;
  #kept: ReadonlyMap<Family, readonly string[]> = new Map();

  constructor(name: string) {
    this.#name = name;
  }

  /** IP literals without brackets, sorted: those of the last good answers. */
  get known(): readonly string[] {
    return [...this.#kept.values()].flat().sort();
  }

  async ask(server: NameServer): Promise<Addresses> {
    const answers = await Promise.all(TYPES.map(([family]) => server.addresses(this.#name, family)));
    const next = new Map<Family, readonly string[]>();
    const faults: string[] = [];
    TYPES.forEach(([family, type], i) => {
      const answer = answers[i];
      const before = this.#kept.get(family) ?? [];
      if (answer?.kind === 'found')
        next.set(
          family,
          answer.records.map(({ address }) => address),
        );
      if (answer?.kind !== 'failed') return;
      next.set(family, before);
      if (before.length > 0) faults.push(`${type}: ${answer.why}`);
    });
    if (answers.every(({ kind }) => kind !== 'found')) return this.#nothing(answers);
    this.#kept = next;
    const trouble = faults.length > 0 ? failed(faults.join('; ')) : undefined;
    return { addresses: this.known, ttl: shortestTtl(answers), trouble };
  }

  /** No family names an address now. */
  #nothing(answers: readonly Answer<AddressRecord>[]): Addresses {
    const fault = answers.find((answer) => answer.kind === 'failed');
    if (fault) return { addresses: this.known, ttl: undefined, trouble: failed(fault.why) };
    const first = answers[0];
    const why = first && first.kind !== 'found' ? first.why : 'it has no addresses';
    return { addresses: this.known, ttl: undefined, trouble: empty(why) };
  }
}
