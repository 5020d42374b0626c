import { describe, expect, it } from 'vitest';
import { SourceText } from '../../../src/config/reading/source-text.ts';

const aText = (text: string) => new SourceText('a.yaml', text);

describe('a source text', () => {
  it('counts lines and columns from 1 and gives the line and the one before', () => {
    const source = aText('one\ntwo: x\nthree');
    expect(source.whereabouts(9, 10)).toEqual({
      place: { file: 'a.yaml', line: 2, column: 6 },
      lineText: 'two: x',
      lineBefore: 'one',
      length: 1,
    });
  });

  it('has no line before the first', () => {
    expect(aText('one').whereabouts(0, 3)).not.toHaveProperty('lineBefore');
  });

  it('ends a stretch of several lines with its first', () => {
    expect(aText('one\ntwo').whereabouts(1, 7).length).toBe(2);
  });

  it('leaves carriage returns out', () => {
    const { lineText, lineBefore } = aText('one\r\ntwo\r\nthree').whereabouts(5, 6);
    expect([lineBefore, lineText]).toEqual(['one', 'two']);
  });

  it('points at the end of an empty text', () => {
    expect(aText('').whereabouts(0, 0)).toMatchObject({
      place: { line: 1, column: 1 },
      lineText: '',
      length: 1,
    });
  });

  it('shows the last line without a line feed behind it', () => {
    expect(aText('one\ntwo').whereabouts(4, 5).lineText).toBe('two');
  });

  it('blanks what is hidden and keeps the columns', () => {
    const source = aText('token: secret # x');
    source.hide({ source, start: 7, end: 13 });
    expect(source.whereabouts(14, 15)).toMatchObject({
      lineText: 'token: ****** # x',
      place: { column: 15 },
    });
  });

  it('finds the line of every offset', () => {
    const text = 'a\n\nbb\nccc\n';
    const source = aText(text);
    for (let offset = 0; offset <= text.length; offset++) {
      const before = text.slice(0, offset).split('\n');
      expect(source.whereabouts(offset, offset + 1).place).toEqual({
        file: 'a.yaml',
        line: before.length,
        column: (before.at(-1)?.length ?? 0) + 1,
      });
    }
  });
});
