import { describe, expect, it } from 'vitest';
import { handStateOf, type StateFacts, stateFrom, toldStateOf } from '../../src/core/server-state.ts';
import type { ServerState } from '../../src/core/types.ts';

const QUIET: StateFacts = {
  hand: undefined,
  health: undefined,
  remembered: undefined,
  told: undefined,
  seen: 'ready',
};

describe('the state of a server', () => {
  /** One row for each step of the order: what says it, and everything below it that says something else. */
  it.each<[string, Partial<StateFacts>, ServerState]>([
    ['hand', { hand: 'drain', health: 'down', remembered: 'ejected', told: 'maint', seen: 'down' }, 'drain'],
    ['hand', { hand: 'maint', health: 'up', seen: 'ready' }, 'maint'],
    ['health', { health: 'down', remembered: 'ejected', told: 'maint', seen: 'ready' }, 'down'],
    ['ejection', { health: 'up', remembered: 'ejected', told: 'maint', seen: 'down' }, 'ejected'],
    ['ejection', { told: 'drain', seen: 'ejected' }, 'ejected'],
    ['agent-check', { health: 'up', told: 'maint', seen: 'down' }, 'maint'],
    ['agent-check', { told: 'down', remembered: 'slowstart' }, 'down'],
    ['agent-check', { told: 'drain', seen: 'unknown' }, 'drain'],
    ['connection', { remembered: 'slowstart', seen: 'down' }, 'down'],
    ['nobody', { seen: 'unknown' }, 'unknown'],
    ['slow start', { remembered: 'slowstart', seen: 'ready' }, 'slowstart'],
    ['nobody', { remembered: 'slowstart', seen: 'unknown' }, 'unknown'],
    ['slow start', { seen: 'slowstart' }, 'slowstart'],
    ['ready', { health: 'up' }, 'ready'],
    ['ready', {}, 'ready'],
  ])('is what %s says (%#)', (by, facts, state) => {
    expect(stateFrom({ ...QUIET, ...facts })).toEqual({ state, by });
  });

  it('is not what an agent says that calls a server up whose checks fail', () => {
    const told = toldStateOf({ told: { state: 'ready', weight: 1, reason: '' } });
    expect(stateFrom({ ...QUIET, told, health: 'down' })).toEqual({ state: 'down', by: 'health' });
  });

  it('is not what is said by hand with `ready`, which makes no dead server alive', () => {
    const hand = handStateOf({ hand: { state: 'ready', reason: '' } });
    expect(stateFrom({ ...QUIET, hand, health: 'down' })).toEqual({ state: 'down', by: 'health' });
  });
});
