import { describe, expect, it } from 'vitest';
import { readYaml } from '../../../src/config/reading/read-yaml.ts';
import { SourceText } from '../../../src/config/reading/source-text.ts';
import { locatorOf, type Path, pathText } from '../../../src/config/reading/sourced.ts';

const TEXT = `agents: { listen: x }
pools:
  web:
    servers:
      - url: http://a:1
        tags: [big, eu]
    chain: [byAge: 5s]
`;

const locate = (path: Path, part?: 'key' | 'value') => {
  const { root } = readYaml(new SourceText('a.yaml', TEXT));
  if (!root) throw new Error('the text of a test is not YAML');
  const { place, lineText = '', length = 0, path: shown } = locatorOf(root)(path, part);
  const column = (place?.column ?? 1) - 1;
  return { line: place?.line, marked: lineText.slice(column, column + length), path: shown };
};

describe('the place of', () => {
  it.each<[string, Path, 'key' | 'value', number, string]>([
    ['a text', ['agents', 'listen'], 'value', 1, 'x'],
    ['a key', ['agents', 'listen'], 'key', 1, 'listen'],
    ['an item', ['pools', 'web', 'servers', 0, 'tags', 1], 'value', 6, 'eu'],
    ['a collection in one line', ['pools', 'web', 'servers', 0, 'tags'], 'value', 6, '[big, eu]'],
    ['a collection over several lines is its key', ['pools', 'web'], 'value', 3, 'web'],
    [
      'an item over several lines is its first',
      ['pools', 'web', 'servers', 0],
      'value',
      5,
      'url: http://a:1',
    ],
    ['what is missing is the key of what lacks it', ['agents', 'token'], 'value', 1, 'agents'],
    [
      'an option under a bare value is the value',
      ['pools', 'web', 'chain', 0, 'byAge', 'max'],
      'value',
      7,
      '5s',
    ],
    ['the first of what is no list is the value itself', ['agents', 'listen', 0], 'value', 1, 'x'],
    ['a part of one that is no list', ['agents', 0, 'listen'], 'key', 1, 'listen'],
    ['what is missing at the top is the first line', ['nothing'], 'value', 1, 'agents: { listen: x }'],
  ])('%s', (_, path, part, line, marked) => {
    expect(locate(path, part)).toEqual({ line, marked, path: pathText(path) });
  });
});

describe('the text of a path', () => {
  it.each<[Path, string]>([
    [['pools', 'web', 'chain', 1], 'pools.web.chain[1]'],
    [['pools', 'a.b', 'servers', 0, 'url'], 'pools["a.b"].servers[0].url'],
    [[], ''],
  ])('%j is %s', (path, text) => {
    expect(pathText(path)).toBe(text);
  });
});
