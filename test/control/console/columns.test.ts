import { describe, expect, it } from 'vitest';
import { columns } from '../../../src/control/console/columns.ts';

describe('columns', () => {
  it('makes each as wide as its longest cell, and no line ends in blanks', () => {
    const rows = [
      ['server', 'state', 'reason'],
      ['a', 'drain', 'new disk'],
      ['a-long-name', 'up', ''],
    ];
    expect(columns(rows)).toEqual([
      'server       state  reason',
      'a            drain  new disk',
      'a-long-name  up',
    ]);
  });

  it('has no lines where there are no rows', () => {
    expect(columns([])).toEqual([]);
  });
});
