import type { Millis } from '../core/types.ts';
import type { Scenario } from './scenario.ts';
import type { Failure } from './scenario-failures.ts';
import type { SimulatedServer } from './simulated-server.ts';

/** What the script may do to a server. */
export interface Stage {
  /** It is gone from one moment to the next, with all that it worked on. */
  crash(server: SimulatedServer, now: Millis): void;
  /** It is back, with nothing in its caches, and so much slower than it will be. */
  restart(server: SimulatedServer, cold: number, now: Millis): void;
  /** It is warm. */
  warm(server: SimulatedServer, now: Millis): void;
}

interface Cue {
  readonly at: Millis;
  readonly act: (stage: Stage) => void;
}

/** From then, and again when it is over. */
const between = (
  { from, for: lasts }: { readonly from: Millis; readonly for?: Millis },
  begin: Cue['act'],
  end: Cue['act'],
): readonly Cue[] => [
  { at: from, act: begin },
  ...(lasts === undefined ? [] : [{ at: from + lasts, act: end }]),
];

const deployCues = (
  server: SimulatedServer,
  { from, every, down, slower, cold }: Extract<Failure, { kind: 'deploy' }>,
  turn: number,
): readonly Cue[] => {
  const at = from + turn * every;
  return [
    { at, act: (stage) => stage.crash(server, at) },
    { at: at + down, act: (stage) => stage.restart(server, slower, at + down) },
    { at: at + down + cold, act: (stage) => stage.warm(server, at + down + cold) },
  ];
};

const cuesFor = (failure: Failure, server: SimulatedServer, turn: number): readonly Cue[] => {
  switch (failure.kind) {
    case 'errors': {
      const set = (status: number) => () => {
        server.failsWith = status;
      };
      return between(failure, set(failure.status), set(0));
    }
    case 'lies': {
      const set = (lie: SimulatedServer['lie']) => () => {
        server.lie = lie;
      };
      return between(failure, set(failure.says), set(undefined));
    }
    case 'crash': {
      const end = failure.from + (failure.for ?? 0);
      return between(
        failure,
        (stage) => stage.crash(server, failure.from),
        (stage) => stage.restart(server, 1, end),
      );
    }
    case 'deploy':
      return deployCues(server, failure, turn);
  }
};

/** What goes wrong, in the order of time. */
export class Script {
  readonly #cues: readonly Cue[];
  #next = 0;

  constructor({ failures }: Scenario, servers: readonly SimulatedServer[]) {
    this.#cues = failures
      .flatMap((failure) =>
        servers.slice(0, failure.servers).flatMap((server, turn) => cuesFor(failure, server, turn)),
      )
      .toSorted((a, b) => a.at - b.at);
  }

  /** When something happens next; Infinity if nothing does any more. */
  get time(): Millis {
    return this.#cues[this.#next]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Lets it happen. */
  act(stage: Stage): void {
    this.#cues[this.#next++]?.act(stage);
  }
}
