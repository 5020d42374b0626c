import { describe, expect, it } from 'vitest';
import { filesNamed, nameFrom, readFault } from '../../../src/config/reading/file-access.ts';

const NAMES = ['b.yaml', 'a.yaml', '.hidden.yaml', 'a.yml', 'notes.txt', 'team-x.web.yaml'];
const access = { readFile: async () => '', listDirectory: async () => NAMES };

describe('a pattern', () => {
  it.each([
    ['conf.d/*.yaml', ['conf.d/a.yaml', 'conf.d/b.yaml', 'conf.d/team-x.web.yaml']],
    ['conf.d/a.*', ['conf.d/a.yaml', 'conf.d/a.yml']],
    ['conf.d/team-*.*.yaml', ['conf.d/team-x.web.yaml']],
    ['/etc/*', ['/etc/a.yaml', '/etc/a.yml', '/etc/b.yaml', '/etc/notes.txt', '/etc/team-x.web.yaml']],
    ['.*.yaml', ['.hidden.yaml']],
    ['a*a.yaml', []],
    ['*.toml', []],
    ['conf.d/no-star.yaml', ['conf.d/no-star.yaml']],
  ])('%s names its files in order', async (pattern, files) => {
    expect(await filesNamed(pattern, access)).toEqual(files);
  });
});

describe('a path in a file', () => {
  it('is relative to the directory of the file, unless it is absolute', () => {
    expect(nameFrom('conf', 'x.yaml')).toBe('conf/x.yaml');
    expect(nameFrom('.', 'conf.d/x.yaml')).toBe('conf.d/x.yaml');
    expect(nameFrom('conf', '/etc/x.yaml')).toBe('/etc/x.yaml');
  });
});

describe('a file that cannot be read', () => {
  it.each([
    ['ENOENT', 'cannot read a: there is no such file or directory'],
    ['EACCES', 'cannot read a: permission denied'],
    ['EWHATEVER', 'cannot read a: as it was said'],
  ])('is told why: %s', (code, message) => {
    expect(readFault('a', Object.assign(new Error('as it was said'), { code }))).toBe(message);
  });

  it('is told why when no error was thrown', () => {
    expect(readFault('a', 'odd')).toBe('cannot read a: odd');
  });
});
