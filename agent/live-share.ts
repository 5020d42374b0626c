import type { Millis } from '../src/core/types.ts';
import type { MachineLoad } from './sources/machine-load.ts';
import type { TaskShare } from './sources/tasks.ts';

/** What was seen since the last sample. */
export interface Seen {
  /** Length of the interval. */
  readonly millis: Millis;
  /** Cores that the application may use: of its quota, or of the machine. */
  readonly cpus: number;
  /** The application's own tasks. */
  readonly tasks?: TaskShare | undefined;
  readonly machine?: MachineLoad | undefined;
  /** How fast a core works while it works, against the best it ever did, 0..1. */
  readonly spin?: number | undefined;
}

/** How much of a core one more piece of work obtains, and how that was found. */
export interface Found {
  /** 0..1 of the smaller of one core and `cpus`. */
  readonly share: number;
  readonly from: 'schedstat' | 'machine' | 'nominal';
  /** Share of the time that the application's tasks wanted to run in which they waited, 0..1; undefined if they hardly wanted to. */
  readonly queueDelay: number | undefined;
}

/** A sample weighs half against all before it at four samples a second, and as much per time at any other interval. */
const HALF_LIFE: Millis = 250;
/** Demand in cores up to which the application's tasks say nothing, and from which on they alone count. */
const NO_EVIDENCE = 0.01;
const FULL_EVIDENCE = 0.03;

/** Means that forget by half in 250 ms, weighted by time. */
class Means<Name extends string> {
  #values: Readonly<Record<Name, number>> | undefined;

  get values(): Readonly<Record<Name, number>> | undefined {
    return this.#values;
  }

  see(now: Readonly<Record<Name, number>>, millis: Millis): void {
    const before = this.#values;
    const keep = before ? 0.5 ** (millis / HALF_LIFE) : 0;
    const next: Record<Name, number> = { ...now };
    for (const name in now) next[name] = keep * (before?.[name] ?? 0) + (1 - keep) * now[name];
    this.#values = next;
  }
}

const clamped = (value: number): number => Math.min(1, Math.max(0, value));

/** What the machine would give to one more task that always wants to run: fair shares among all that run and wait. */
const shareOfMachine = (machine: MachineLoad | undefined, tasks: TaskShare, cpus: number): number => {
  if (!machine) return 1;
  const others = Math.max(0, machine.busy - tasks.ran) + Math.max(0, machine.waiting - tasks.waited);
  const cores = Math.min(1, (machine.cores - machine.stolen) / (others + 1));
  return Math.min(1, cores / Math.min(1, cpus));
};

/**
 * The most that the tasks could have obtained. They wanted what they ran and what they waited for; but not more than
 * the cores that there are, so that an application's own threads waiting for one another are no disturbance; and
 * where others ran little, the tasks cannot have lost more than that to them.
 */
const mostFor = ({ ran, waited }: TaskShare, machine: MachineLoad | undefined, cpus: number): number => {
  const cores = machine ? Math.min(cpus, machine.cores - machine.stolen) : cpus;
  const alone = machine ? Math.max(ran, machine.busy) + machine.stolen : Number.POSITIVE_INFINITY;
  return Math.min(ran + waited, cores, alone);
};

/**
 * The share of a core that work really obtains now. An application that works tells best itself: what its tasks ran,
 * of the most that they could have. With next to no work there is no evidence, and the machine as a whole tells, as
 * does what lies between by weight. The time that a hypervisor stole comes off both, and so does what makes a core
 * slower while it works (a busy sibling thread, a full memory bus, a lowered clock), as far as the machine is busy: an
 * idle machine saves power and would be fast if it were asked. A quota does not come off: it is in `cpus`, so one piece
 * of work gets nominal speed x share x min(1, cpus).
 */
export class LiveShare {
  readonly #tasks = new Means<'ran' | 'waited'>();
  readonly #machine = new Means<'cores' | 'busy' | 'stolen' | 'waiting'>();
  readonly #spin = new Means<'speed'>();

  see({ millis, cpus, tasks, machine, spin }: Seen): Found {
    if (tasks) this.#tasks.see({ ran: tasks.ran, waited: tasks.waited }, millis);
    if (machine) this.#machine.see({ ...machine }, millis);
    if (spin !== undefined) this.#spin.see({ speed: spin }, millis);
    return this.#judge(cpus, tasks !== undefined);
  }

  #judge(cpus: number, hasTasks: boolean): Found {
    const mean = this.#machine.values;
    const tasks = (hasTasks ? this.#tasks.values : undefined) ?? { ran: 0, waited: 0 };
    const wanted = tasks.ran + tasks.waited;
    const weight = clamped((wanted - NO_EVIDENCE) / (FULL_EVIDENCE - NO_EVIDENCE));
    const seen = wanted > 0 ? clamped(tasks.ran / mostFor(tasks, mean, cpus)) : 1;
    const share = weight * seen + (1 - weight) * shareOfMachine(mean, tasks, cpus);
    return {
      share: clamped(share * this.#speed(mean)),
      from: weight > 0 ? 'schedstat' : mean ? 'machine' : 'nominal',
      queueDelay: weight > 0 ? tasks.waited / wanted : undefined,
    };
  }

  /** What is left of a core's speed while work is on it. */
  #speed(machine: MachineLoad | undefined): number {
    const spin = this.#spin.values?.speed ?? 1;
    if (!machine) return spin;
    const used = machine.busy + machine.stolen;
    const kept = used > 0 ? machine.busy / used : 1;
    return kept * (1 - clamped(used / machine.cores) * (1 - spin));
  }
}
