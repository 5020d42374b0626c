import { describe, expect, it } from 'vitest';
import { builtIns } from '../../candidacy/index.ts';
import { herdingWarnings, type PlannedLink } from '../../src/config/herding.ts';
import { defineCandidacy } from '../../src/core/candidacy.ts';

const userCut = defineCandidacy({ name: 'mine', kind: 'cut', create: () => (servers) => servers });

const links = (names: readonly string[]): readonly PlannedLink[] =>
  names.map((name) => {
    const candidacy = name === 'mine' ? userCut : builtIns.get(name);
    if (!candidacy) throw new Error(`there is no ${name}`);
    return { name, candidacy, options: undefined, where: { path: name } };
  });

describe('a warning of herding', () => {
  it.each([
    [['byLoad'], ['byLoad']],
    [['byAge', 'byRandom', 'byLoad'], ['byLoad']],
    [['bySession', 'byCost'], ['byCost']],
    [['byLoad', 'addPrediction', 'byBusyChildren'], ['byLoad']],
    [
      ['byMemory', 'byCPU'],
      ['byMemory', 'byCPU'],
    ],
  ])('%j: for %j', (names, warned) => {
    const warnings = herdingWarnings(links(names));
    expect(warnings.map(({ path }) => path)).toEqual(warned);
    for (const { severity, message, suggestion } of warnings) {
      expect(severity).toBe('warning');
      expect(message).toContain('all requests go to the one server that looked best');
      expect(suggestion).toContain('addPrediction');
      expect(suggestion).toContain('default chain');
    }
  });

  it.each([
    [['byAge', 'byRandom', 'byLogWindow', 'byLoad']],
    [['sample', 'byCPU']],
    [['addPrediction', 'byLoad', 'byCost']],
    [['mine', 'byLoad']],
    [['byInFlight']],
    [['byMarginalCost']],
    [['byRandom']],
  ])('%j: none', (names) => {
    expect(herdingWarnings(links(names))).toEqual([]);
  });
});
