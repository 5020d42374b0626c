import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Running, startCommand } from '../cli/command.ts';

/** What the system says of a process. Linux only. */
export interface ProcessFacts {
  /** Memory that is its own, and its part of what is shared; bytes. */
  memory(): number;
  /** Processor time used so far, ms. */
  cpu(): number;
  /** What its open descriptors stand for. */
  descriptors(): readonly string[];
  /** Bytes that it has had written to disks. */
  written(): number;
}

/** The command at work, as a user starts it. */
export interface RunningProxy extends ProcessFacts {
  readonly program: Running;
  readonly port: number;
  readonly admin: string;
  /** The process that carries the traffic. */
  readonly pid: number;
  /** Its configuration, and what that is with other servers. */
  readonly file: string;
  configFor(servers: readonly string[]): string;
}

/** Of the clock that /proc counts processor time by; the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

const fieldOf = (file: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(readFileSync(file, 'utf8'))?.[1]);

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
};

/** Reads what the system knows of a process. */
export const factsOf = (pid: number): ProcessFacts => ({
  memory: () => fieldOf(`/proc/${pid}/smaps_rollup`, 'Pss') * 1024,
  cpu: () => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
  },
  descriptors: () => readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`)),
  written: () => fieldOf(`/proc/${pid}/io`, 'write_bytes'),
});

const childOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
};

interface ProxyFacts {
  readonly servers: readonly string[];
  readonly transport?: 'raw' | 'net';
  /** Further lines of its configuration. */
  readonly more?: string;
  readonly descriptors?: number;
}

/** Starts `forehand run` for one test, in front of these servers. */
export const aRunningProxy = async (facts: ProxyFacts): Promise<RunningProxy> => {
  const { servers, transport = 'raw', more = '', descriptors } = facts;
  const folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
  const configFor = (urls: readonly string[]): string =>
    [
      'listen: ["127.0.0.1:0"]',
      'admin: "127.0.0.1:0"',
      `transport: ${transport}`,
      `pools: { web: { servers: ${JSON.stringify(urls)} } }`,
      more,
    ].join('\n');
  const file = join(folder, 'forehand.yaml');
  await writeFile(file, configFor(servers));
  const limit = descriptors === undefined ? {} : { descriptors };
  const program = startCommand(['run'], { cwd: folder, ...limit });
  const pids = [program.child.pid ?? 0];
  onTestFinished(async () => {
    // The one that serves would go on for as long as somebody is being served.
    for (const pid of pids) kill(pid);
    await program.ended;
    await rm(folder, { recursive: true });
  });
  const [, address = ''] = await program.says(/serving on (\S+?),? with/);
  const [, admin = ''] = await program.says(/admin on http:\/\/(\S+)\//);
  const pid = childOf(program.child.pid ?? 0);
  pids.push(pid);
  const port = Number(address.split(':')[1]);
  return { program, port, admin, pid, file, configFor, ...factsOf(pid) };
};
