import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TokenFile } from '../../agent/token-file.ts';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forehand-token-'));
  file = join(folder, 'token');
});
afterEach(() => rmSync(folder, { recursive: true }));

const replace = (text: string): void => {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
};

describe('a token file', () => {
  it.each(['first', 'first\n', 'first\nsecond\n', '\n  first  \r\nsecond'])(
    '%j holds the token first',
    (text) => {
      replace(text);
      expect(new TokenFile(file, 0).token).toBe('first');
    },
  );

  it.each([
    ['', 'expected a token, got an empty file'],
    ['\n \n', 'expected a token'],
    ['x'.repeat(70_000), 'more than 65536 bytes'],
  ])('cannot be %j', (text, fault) => {
    replace(text);
    expect(() => new TokenFile(file, 0)).toThrow(fault);
  });

  it('must be there', () => {
    expect(() => new TokenFile(file, 0)).toThrow('ENOENT');
  });

  it('is looked at once a minute', () => {
    replace('one');
    const tokens = new TokenFile(file, 0);
    replace('two');
    expect([tokens.look(59_999), tokens.token]).toEqual([false, 'one']);
    expect([tokens.look(60_000), tokens.token]).toEqual([true, 'two']);
    expect(tokens.look(120_000)).toBe(false);
    replace('two\none');
    expect(tokens.look(180_000)).toBe(false);
  });

  it('that is gone or empty leaves the token as it was', () => {
    replace('one');
    const tokens = new TokenFile(file, 0);
    rmSync(file);
    expect(() => tokens.look(60_000)).toThrow('ENOENT');
    replace('');
    expect(() => tokens.look(120_000)).toThrow('empty');
    expect(tokens.token).toBe('one');
    replace('three');
    expect([tokens.look(180_000), tokens.token]).toEqual([true, 'three']);
  });
});
