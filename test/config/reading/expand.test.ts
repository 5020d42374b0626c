// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the configuration are what is tested

import { describe, expect, it } from 'vitest';
import { type Environment, expandVariables } from '../../../src/config/reading/expand.ts';
import { readYaml } from '../../../src/config/reading/read-yaml.ts';
import { SourceText } from '../../../src/config/reading/source-text.ts';
import { plainValue } from '../../../src/config/reading/sourced.ts';
import { brief } from '../support.ts';

const ENV: Environment = {
  NAME: 'web',
  EMPTY: '',
  PORT: '8080',
  SNEAKY: '${NAME}',
  YAML: 'a: [1]\nb: {',
  YES: 'true',
};

const expand = (text: string, env = ENV) => {
  const { root } = readYaml(new SourceText('a.yaml', text));
  if (!root) throw new Error('the text of a test is not YAML');
  return expandVariables(root, env);
};
const valueIn = (text: string) => {
  const { root, problems } = expand(text);
  expect(problems).toEqual([]);
  return root && plainValue(root);
};

describe('a variable', () => {
  it.each([
    ['alone', 'a: "${NAME}"', { a: 'web' }],
    ['inside a text', 'a: "http://${NAME}:${PORT}/"', { a: 'http://web:8080/' }],
    ['in a list', '["${NAME}", x]', ['web', 'x']],
    ['that is empty', 'a: "${EMPTY}"', { a: '' }],
    ['with a default that is not needed', 'a: "${NAME:-x}"', { a: 'web' }],
    ['with a default that is needed', 'a: "${NONE:-x y}"', { a: 'x y' }],
    ['with a default for an empty one', 'a: "${EMPTY:-x}"', { a: 'x' }],
    ['with an empty default', 'a: "${NONE:-}"', { a: '' }],
    ['with a message that is not needed', 'a: "${NAME:?set it}"', { a: 'web' }],
    ['that is escaped', 'a: "$${NAME}"', { a: '${NAME}' }],
    ['whose value looks like a variable', 'a: "${SNEAKY}"', { a: '${NAME}' }],
    ['whose value looks like YAML', 'a: "${YAML}"', { a: 'a: [1]\nb: {' }],
    ['without braces', 'a: $NAME', { a: '$NAME' }],
    ['in a key', '"${NAME}": 1', { '${NAME}': 1 }],
    ['that is a number, without quotes', 'a: ${PORT}', { a: 8080 }],
    ['that is a number, in quotes', 'a: "${PORT}"', { a: '8080' }],
    ['that is true, without quotes', 'a: ${YES}', { a: true }],
    ['in a block of text', 'a: |\n  ${NAME}\n  x\n', { a: 'web\nx\n' }],
  ])('%s', (_, text, value) => {
    expect(valueIn(text)).toEqual(value);
  });

  it.each([
    ['that is missing', 'a: 1\nb: "x ${NONE}"', '2:7 the environment variable NONE is not set'],
    ['with a message', 'a: "${NONE:?set NONE to x}"', '1:5 set NONE to x'],
    ['with a message for an empty one', 'a: "${EMPTY:?set it}"', '1:5 set it'],
    ['with an empty message', 'a: "${NONE:?}"', '1:5 the environment variable NONE is empty or not set'],
    ['without a name', 'a: "${}"', '1:5 `${}` is not a variable'],
    ['with another operator', 'a: "${NAME:=x}"', '1:5 `${NAME:=x}` is not a variable'],
    ['that is not closed', 'a: "${NAME"', '1:5 `${NAME` is not a variable'],
    ['that every object has', 'a: "${constructor}"', '1:5 the environment variable constructor is not set'],
  ])('%s is a problem at its place', (_, text, problem) => {
    expect(expand(text).problems.map(brief)).toEqual([expect.stringContaining(problem)]);
  });

  it('every missing one is told', () => {
    expect(expand('a: "${X} ${Y}"\nb: "${X}"').problems).toHaveLength(3);
  });
});
