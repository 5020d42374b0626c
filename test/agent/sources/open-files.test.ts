import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OpenFiles } from '../../../agent/sources/open-files.ts';
import { readUnder } from '../../../agent/sources/source.ts';

let root = '';
let files: OpenFiles;
let opened = 0;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'forehand-open-'));
  opened = 0;
  const read = readUnder(root);
  files = new OpenFiles(root, (path) => {
    opened += 1;
    return read(path);
  });
});
afterEach(() => {
  files.close();
  rmSync(root, { recursive: true });
});
const write = (path: string, text: string): void => writeFileSync(join(root, path), text);

it('reads what a file says now, and opens it no more after some reads', () => {
  for (let i = 0; i < 20; i++) {
    write('a', `text ${i}`);
    expect(files.read('/a')).toBe(`text ${i}`);
  }
  expect(opened).toBe(3);
});

it('has nothing of a file that is not there, and finds it when it is', () => {
  for (let i = 0; i < 5; i++) expect(files.read('/a')).toBeUndefined();
  write('a', 'here');
  expect(files.read('/a')).toBe('here');
});

it('opens a file anew that says nothing any more', () => {
  write('a', 'old');
  for (let i = 0; i < 5; i++) files.read('/a');
  write('a', '');
  expect(files.read('/a')).toBe('');
  rmSync(join(root, 'a'));
  expect(files.read('/a')).toBeUndefined();
});

it('reads long files whole', () => {
  const long = 'x'.repeat(100_000);
  write('a', long);
  for (let i = 0; i < 5; i++) expect(files.read('/a')).toBe(long);
  write('a', 'y');
  for (let i = 0; i < 5; i++) files.read('/a');
  write('a', long);
  expect(files.read('/a')).toBe(long);
});

const openHere = (): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(root);
    } catch {
      return false;
    }
  }).length;

it.skipIf(process.platform !== 'linux')('keeps a bounded number open, and none after close', () => {
  mkdirSync(join(root, 'many'));
  for (let i = 0; i < 200; i++) {
    write(`many/${i}`, 'text');
    for (let read = 0; read < 4; read++) files.read(`/many/${i}`);
  }
  expect(openHere()).toBe(64);
  files.close();
  expect(openHere()).toBe(0);
});
