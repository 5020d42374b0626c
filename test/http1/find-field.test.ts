import { describe, expect, it } from 'vitest';
import { findFieldValues } from '../../src/http1/find-field.ts';
import { bytesOf } from './support.ts';

const LINES = 'Host: a\r\nX-A:\t1 \r\nx-ab: 2\r\nX-a:\r\nX-A: \xe9: b\r\n';

const valuesIn = (text: string, name: string): readonly string[] => {
  const bytes = bytesOf(`X-A: before\r\n${text}X-A: behind\r\n`);
  return findFieldValues(bytes, 13, 13 + text.length, name);
};

describe('findFieldValues', () => {
  it('gives the values of all fields with the name, in order, without the blanks around them', () => {
    expect(valuesIn(LINES, 'x-a')).toEqual(['1', '', '\xe9: b']);
    expect(valuesIn(LINES, 'host')).toEqual(['a']);
    expect(valuesIn(LINES, 'x-ab')).toEqual(['2']);
  });

  it('takes the empty line behind the last field for nothing', () => {
    expect(valuesIn(`${LINES}\r\n`, 'x-ab')).toEqual(['2']);
  });

  it.each(['x', 'x-', 'x-abc', 'a', '', ':', 'x-a:', 'before', `x${'y'.repeat(500)}`])(
    'finds nothing by %j',
    (name) => {
      expect(valuesIn(LINES, name)).toEqual([]);
    },
  );

  it('finds nothing where there is nothing', () => {
    expect(valuesIn('', 'x-a')).toEqual([]);
    expect(valuesIn('\r\n', 'x-a')).toEqual([]);
  });

  it('does not look for a name in values', () => {
    expect(valuesIn('A: x-b: 1\r\nB: c\r\n', 'x-b')).toEqual([]);
  });
});
