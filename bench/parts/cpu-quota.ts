import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { cgroupFolders } from '../../agent/sources/cgroup-folders.ts';
import { readUnder } from '../../agent/sources/source.ts';

const PERIOD_MICROS = 100_000;

/** A group of processes of its own whose CPU quota can be set, in whichever version of cgroups allows it. */
export class CpuQuota {
  readonly #folder: string;
  readonly #parent: string;
  readonly #isV2: boolean;

  private constructor(parent: string, isV2: boolean) {
    this.#parent = parent;
    this.#isV2 = isV2;
    this.#folder = `${parent}/forehand-bench-${process.pid}`;
    mkdirSync(this.#folder);
  }

  /** Undefined where groups with a quota cannot be made: not root, a read-only mount, no controller. */
  static open(): CpuQuota | undefined {
    const { v2, cpu } = cgroupFolders(readUnder('/'));
    for (const [parent, isV2] of [[cpu.at(-1), false] as const, [v2.at(-1), true] as const]) {
      const quota = parent === undefined ? undefined : CpuQuota.#openIn(parent, isV2);
      if (quota) return quota;
    }
    return undefined;
  }

  static #openIn(parent: string, isV2: boolean): CpuQuota | undefined {
    try {
      if (isV2) writeFileSync(`${parent}/cgroup.subtree_control`, '+cpu');
      const quota = new CpuQuota(parent, isV2);
      if (existsSync(`${quota.#folder}/${isV2 ? 'cpu.max' : 'cpu.cfs_quota_us'}`)) return quota;
      quota.close();
    } catch {
      // Not allowed here.
    }
    return undefined;
  }

  /** Takes a process in, with all its threads. */
  add(pid: number): void {
    writeFileSync(`${this.#folder}/cgroup.procs`, String(pid));
  }

  /** Sets the quota in cores; undefined lifts it. */
  set(cores: number | undefined): void {
    const micros = cores === undefined ? undefined : Math.round(cores * PERIOD_MICROS);
    if (this.#isV2) writeFileSync(`${this.#folder}/cpu.max`, `${micros ?? 'max'} ${PERIOD_MICROS}`);
    else writeFileSync(`${this.#folder}/cpu.cfs_quota_us`, String(micros ?? -1));
  }

  /** Puts a process back where it came from. */
  release(pid: number): void {
    writeFileSync(`${this.#parent}/cgroup.procs`, String(pid));
  }

  /** Removes the group, which must be empty. */
  close(): void {
    rmdirSync(this.#folder);
  }
}
