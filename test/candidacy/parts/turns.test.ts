import { describe, expect, it } from 'vitest';
import { dueIn, leaveRotation, newRotation, newTurn, takeTurn } from '../../../candidacy/parts/turns.ts';
import { aMoment, aServer } from '../../../src/testing/index.ts';

const rotationOf = (count: number) => {
  const rotation = newRotation();
  const turns = Array.from({ length: count }, (_, slot) => newTurn(rotation, { slot }));
  rotation.members.push(...turns);
  return { rotation, turns };
};

const due = (turn: ReturnType<typeof newTurn>, weight = 1): number =>
  dueIn(aServer({ slot: turn.slot, weight }), turn, aMoment());

describe('a rotation', () => {
  it('lets those come first that had no turn', () => {
    const { turns } = rotationOf(2);
    takeTurn(turns[0]!);
    expect(due(turns[1]!)).toBeLessThan(-1);
    expect(due(turns[0]!)).toBeGreaterThan(0);
  });

  it('sets first turns as far from each other as later ones', () => {
    const { turns, rotation } = rotationOf(4);
    for (const turn of turns) takeTurn(turn);
    expect(turns.map(({ start }) => start)).toEqual([0, 0.25, 0.5, 0.75]);
    expect(rotation.clock).toBe(1);
  });

  it('makes up for a turn that comes late, and its clock never goes back', () => {
    const { turns, rotation } = rotationOf(2);
    for (const turn of turns) takeTurn(turn);
    takeTurn(turns[1]!);
    expect(rotation.clock).toBe(1.5);
    takeTurn(turns[0]!);
    expect([rotation.clock, turns[0]!.start, due(turns[0]!)]).toEqual([1.5, 1, 0.5]);
  });

  it('forgets turns that were missed by more than an interval', () => {
    const { turns, rotation } = rotationOf(2);
    for (const turn of turns) takeTurn(turn);
    for (let i = 0; i < 10; i++) takeTurn(turns[1]!);
    takeTurn(turns[0]!);
    expect([turns[0]!.start, due(turns[0]!)]).toEqual([rotation.clock, 1]);
  });

  it('has a turn every second round at half the weight, and none at no weight', () => {
    const { turns } = rotationOf(1);
    takeTurn(turns[0]!);
    const before = due(turns[0]!);
    expect(due(turns[0]!, 0.5)).toBe(before + 1);
    takeTurn(turns[0]!);
    expect(turns[0]!.start).toBe(2);
    expect(due(turns[0]!, 0)).toBe(Number.POSITIVE_INFINITY);
    takeTurn(turns[0]!);
    expect(turns[0]!.start).toBe(4);
  });

  it('is left once', () => {
    const { turns, rotation } = rotationOf(3);
    leaveRotation(turns[1]!);
    leaveRotation(turns[1]!);
    expect(rotation.members.map(({ slot }) => slot)).toEqual([0, 2]);
  });
});
