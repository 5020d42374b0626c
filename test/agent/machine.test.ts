import { afterEach, describe, expect, it } from 'vitest';
import { Machine, type MachineOptions } from '../../agent/machine.ts';
import { type AgentProblem, Problems } from '../../agent/problems.ts';
import { checkReport, isRefusal } from '../../src/core/report.ts';
import type { Stats } from '../../src/core/types.ts';

const open: Machine[] = [];
afterEach(() => {
  for (const machine of open.splice(0)) machine.close();
});

const aMachine = (options: MachineOptions) => {
  const told: AgentProblem[] = [];
  const machine = new Machine(options, new Problems((problem) => told.push(problem)));
  open.push(machine);
  return { machine, told };
};

describe('the numbers of the machine', () => {
  it('are measured, in values that every proxy takes', async () => {
    const { machine } = aMachine({ arriba: 1000 });
    expect(await machine.look()).toBe(true);
    await machine.look();
    const { stats } = machine;
    expect(stats.arribaNominal).toBe(1000);
    expect(stats.arriba).toBeGreaterThanOrEqual(1);
    expect(stats.arriba).toBeLessThanOrEqual(1000);
    expect(['schedstat', 'machine', 'nominal', 'spin']).toContain(stats.arribaFrom);
    expect(stats.eventLoopDelay).toBeGreaterThanOrEqual(0);
    expect(stats.cpus).toBeGreaterThan(0);
    const report = checkReport({ v: 1, node: 'a', boot: 'b', seq: 1, stats, servers: [] });
    expect(isRefusal(report)).toBe(false);
  });

  it.each([
    ['listening', 'listening' as const],
    ['a list', [1]],
    ['a function', () => []],
  ])('leave the event loop of this process out where the application is another (%s)', async (_, pids) => {
    const { machine } = aMachine({ arriba: 1000, url: 'http://127.0.0.1:9', pids });
    await machine.look();
    expect(machine.stats).not.toHaveProperty('eventLoopDelay');
    expect(machine.stats.arribaNominal).toBe(1000);
  });

  it('say the speed from the first report on', () => {
    const { machine } = aMachine({ arriba: 800 });
    expect(machine.stats).toEqual({ arriba: 800, arribaNominal: 800, arribaFrom: 'configured' });
  });

  it('can be looked at after closing', async () => {
    const { machine } = aMachine({ arriba: 800 });
    for (let i = 0; i < 5; i++) await machine.look();
    machine.close();
    expect(await machine.look()).toBe(true);
    expect(machine.stats.arribaNominal).toBe(800);
  });
});

describe('an application’s own sample', () => {
  it('takes the place of all measuring', async () => {
    const { machine } = aMachine({ sample: () => ({ load1: 3 }) });
    await machine.look();
    expect(machine.stats).toEqual({ load1: 3 });
  });

  it('goes with a speed that was told', async () => {
    const { machine } = aMachine({ sample: async () => ({ load1: 3 }), arriba: 500 });
    await machine.look();
    expect(machine.stats).toEqual({ load1: 3, arriba: 500, arribaNominal: 500, arribaFrom: 'configured' });
  });

  it('keeps what it said last, and tells, when it fails', async () => {
    let answer = (): Stats => ({ load1: 3 });
    const { machine, told } = aMachine({ sample: () => answer() });
    await machine.look();
    answer = () => {
      throw new Error('no sample');
    };
    expect(await machine.look()).toBe(false);
    expect(machine.stats).toEqual({ load1: 3 });
    expect(told.map(String)).toEqual(['no sample']);
  });
});
