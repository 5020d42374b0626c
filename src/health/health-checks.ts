import { isDeepStrictEqual } from 'node:util';
import type { CheckFacts } from '../core/server-spec.ts';
import type { Millis, Server } from '../core/types.ts';
import { askHttp } from './ask-http.ts';
import { askTcp } from './ask-tcp.ts';
import type { Check, CheckPlace, CheckRules, HttpQuestion } from './check-spec.ts';
import { type RegularCheck, ServerWatch, type Verdict } from './server-watch.ts';
import { Turns } from './turns.ts';

/** A server that is watched over. */
export interface WatchTarget {
  readonly server: Server;
  /** The server itself: where it is tried when something makes it suspect. */
  readonly place: CheckPlace;
  /** Undefined: it is tried only when something makes it suspect. Without `question`, a check connects and no more. */
  readonly regular:
    | { readonly place: CheckPlace; readonly question?: HttpQuestion; readonly rules: CheckRules }
    | undefined;
}

/** What is found of a server, and how its checks go. */
export interface Found extends Verdict {
  readonly facts: CheckFacts | undefined;
}

export interface HealthChecksParts {
  readonly now: () => Millis;
  /** 0 <= x < 1 */
  readonly random: () => number;
  /** Told when a server is watched, after each check of it, and with undefined when it is watched no more. */
  readonly tell: (server: Server, found: Found | undefined) => void;
  /** For tests. */
  readonly ask?: (place: CheckPlace, question: HttpQuestion | undefined) => Check;
}

/** Most regular checks under way at a time; others wait for their turn. */
export const MAX_OPEN_CHECKS = 256;
/** The same for tries of suspects. */
const MAX_OPEN_TRIES = 64;
/** So many servers that come together are checked at once; the others within one interval. */
const CHECKED_AT_ONCE = 64;
/** Fractions of its multiples are spread evenly, however many there are (Weyl; Knuth, TAOCP 3, 6.4). */
const GOLDEN = 0.618_033_988_749_894_9;

interface Watched {
  readonly target: WatchTarget;
  readonly watch: ServerWatch;
}

const askEither = (place: CheckPlace, question: HttpQuestion | undefined): Check =>
  question ? askHttp(place, question) : askTcp(place);

/** Checks servers regularly where that is wanted, and tries those that something makes suspect. */
export class HealthChecks {
  readonly #parts: HealthChecksParts;
  readonly #watched = new Map<Server, Watched>();
  readonly #checkTurns = new Turns(MAX_OPEN_CHECKS);
  readonly #tryTurns = new Turns(MAX_OPEN_TRIES);

  constructor(parts: HealthChecksParts) {
    this.#parts = parts;
  }

  /** Watches over these and no others from now on. One that is checked as before keeps its counts, else its state. */
  follow(targets: readonly WatchTarget[]): void {
    const wanted = new Set(targets.map(({ server }) => server));
    for (const [server, { watch }] of this.#watched) {
      if (wanted.has(server)) continue;
      watch.close();
      this.#watched.delete(server);
      this.#parts.tell(server, undefined);
    }
    let begun = 0;
    for (const target of targets) {
      const before = this.#watched.get(target.server);
      if (before && isSame(before.target, target)) continue;
      before?.watch.close();
      const wait = begun < CHECKED_AT_ONCE ? 0 : intervalOf(target) * ((begun * GOLDEN) % 1);
      this.#begin(target, before?.watch, wait);
      begun += 1;
    }
  }

  /** Something says that a server may be gone: it is tried at once, but no more often than four times a second. */
  suspect(server: Server): void {
    this.#watched.get(server)?.watch.suspect();
  }

  /** Tries a server once, as a suspect of which it is known already that there is something wrong. */
  retry(server: Server): void {
    this.#watched.get(server)?.watch.suspect(0);
  }

  /** Something says that a server which took no connections takes some again. */
  revive(server: Server): void {
    this.#watched.get(server)?.watch.revive();
  }

  /** Ends all of it; nobody is told anything more. */
  close(): void {
    for (const { watch } of this.#watched.values()) watch.close();
    this.#watched.clear();
  }

  #begin(target: WatchTarget, before: ServerWatch | undefined, wait: Millis): void {
    const { now, random, ask = askEither } = this.#parts;
    const { server, place } = target;
    const found = (): void => this.#parts.tell(server, { ...watch.verdict, facts: watch.facts });
    const parts = {
      now,
      random,
      found,
      checkTurns: this.#checkTurns,
      tryTurns: this.#tryTurns,
      attempt: (at: CheckPlace) => ask(at, undefined),
    };
    const watch = new ServerWatch(parts, place, regularOf(target, ask), before);
    this.#watched.set(server, { target, watch });
    watch.start(wait);
    found();
  }
}

const isSame = (a: WatchTarget, b: WatchTarget): boolean =>
  isDeepStrictEqual(a.place, b.place) && isDeepStrictEqual(a.regular, b.regular);

const intervalOf = ({ regular }: WatchTarget): Millis => regular?.rules.interval ?? 0;

const regularOf = (
  { regular }: WatchTarget,
  ask: NonNullable<HealthChecksParts['ask']>,
): RegularCheck | undefined =>
  regular && {
    kind: regular.question ? 'http' : 'tcp',
    rules: regular.rules,
    begin: () => ask(regular.place, regular.question),
  };
