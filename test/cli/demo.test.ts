import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Running, startCommand, stopAll } from './command.ts';

interface Line {
  readonly requests: number;
  readonly failed: number;
  readonly servers: readonly { readonly id: string; readonly state: string; readonly share: number }[];
}

let program: Running;
/** Enough for every node but the slowest to have requests under way. */
const RATE = '32';

const lines = (): readonly Line[] =>
  program
    .stdout()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

/** Waits until so many more seconds have been reported. */
const seconds = async (count: number): Promise<readonly Line[]> => {
  const before = lines().length;
  await program.says(new RegExp(`^(?:[^\\n]*\\n){${before + count}}`));
  return lines().slice(before, before + count);
};

const shareOf = (id: string, of: readonly Line[]): number => {
  const shares = of.map(({ servers }) => servers.find((server) => server.id === id)?.share ?? Number.NaN);
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
};

const stateOf = (id: string, line: Line | undefined): string | undefined =>
  line?.servers.find((server) => server.id === id)?.state;

beforeEach(async () => {
  program = startCommand(['demo', '--json', '--rate', RATE]);
  await seconds(2);
}, 30_000);

afterEach(stopAll);

describe('the demo', { timeout: 40_000 }, () => {
  it('shows requests leave a node within two seconds after it was made busy', async () => {
    const before = shareOf('node-3', await seconds(3));
    program.child.stdin?.write('s');
    await seconds(2);
    const after = shareOf('node-3', await seconds(3));
    expect(before).toBeGreaterThan(0.08);
    expect(after).toBeLessThan(before / 2);
    expect(lines().at(-1)?.failed).toBe(0);
  });

  it('shows requests leave a node within two seconds after it was killed, and none fails', async () => {
    const before = shareOf('node-2', await seconds(2));
    program.child.stdin?.write('k');
    await seconds(2);
    const dead = await seconds(3);
    expect(before).toBeGreaterThan(0.05);
    expect(shareOf('node-2', dead)).toBe(0);
    expect(['ejected', 'down']).toContain(stateOf('node-2', dead.at(-1)));
    program.child.stdin?.write('k');
    const back = await seconds(4);
    expect(stateOf('node-2', back.at(-1))).toBe('ready');
    expect(shareOf('node-2', back)).toBeGreaterThan(0);
    expect(back.at(-1)?.failed).toBe(0);
  });

  it('gives a drained node nothing new, and goes through chains, and ends on q with a summary', async () => {
    program.child.stdin?.write('dc');
    // The line that first says so may count requests of before.
    while (stateOf('node-1', (await seconds(1)).at(-1)) !== 'drain');
    const drained = await seconds(2);
    expect(shareOf('node-1', drained)).toBe(0);
    expect(stateOf('node-1', drained.at(-1))).toBe('drain');
    program.child.stdin?.write('q');
    expect(await program.ended).toBe(0);
    expect(lines().at(-1)?.requests).toBeGreaterThanOrEqual(drained.at(-1)?.requests ?? 0);
    expect(lines().at(-1)?.failed).toBe(0);
  });
});
