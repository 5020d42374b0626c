import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';

/** Debian's servers lie where only root looks. */
export const PROGRAM_ENV = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` };

/** The command is there. `flag` makes it say its version. */
export const hasProgram = (command: string, flag: string): boolean =>
  spawnSync(command, [flag], { env: PROGRAM_ENV }).status === 0;

const isListenedOn = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
};

/** A program that serves: its command, what its configuration says in a folder of its own, and how it is told of that. */
export interface Program {
  readonly command: string;
  readonly config: (folder: string) => string;
  readonly args: (file: string, folder: string) => readonly string[];
  /** Where it is to listen on 127.0.0.1. */
  readonly port: number;
}

/** Runs a program until the returned function is called. Resolves once its port is listened on. */
export const runProgram = async ({ command, config, args, port }: Program): Promise<() => Promise<void>> => {
  const folder = mkdtempSync(join(tmpdir(), `forehand-${command}-`));
  const file = join(folder, 'config');
  writeFileSync(file, config(folder));
  const child = spawn(command, args(file, folder), { env: PROGRAM_ENV, stdio: 'pipe' });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  child.stdout.resume();
  const end = async (): Promise<void> => {
    await stop(child);
    rmSync(folder, { recursive: true });
  };
  const isUp = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`${command} ended: ${said}`);
    return isListenedOn(port);
  };
  await eventually(isUp, `${command} listens`).catch(async (error) => {
    await end();
    throw error;
  });
  return end;
};
