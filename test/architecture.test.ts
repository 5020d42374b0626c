import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { codeOf, type Import, importsOf, readSources, type Sources } from './imports.ts';

/**
 * What may import what, by folder. A file belongs to the longest name that its path begins with, and may always
 * import from its own folder. A folder that is not here has no place yet: give it a line.
 */
const ARROWS: Readonly<Record<string, readonly string[] | 'everything'>> = {
  'src/core': [],
  candidacy: ['src/core'],
  'src/http1': [],
  'src/health': ['src/core'],
  'src/transport': ['src/core/errors.ts'],
  'src/password': ['src/core'],
  'src/rules': ['src/core'],
  'src/sessions': ['src/core'],
  'src/local': ['src/core', 'src/transport'],
  'src/proxy': ['src/core', 'src/http1', 'src/transport'],
  'src/state': ['src/core'],
  'src/script': ['src/core'],
  'src/testing': ['src/core'],
  'src/recording': ['src/core'],
  'src/simulator': ['src/core'],
  'src/middleware': ['src/core'],
  agent: ['src/core', 'src/state'],
  // From the text to the plan: no room knows one that comes after it.
  'src/config/reading': ['src/core'],
  'src/config/schema': [
    'src/core',
    'candidacy',
    'src/rules',
    'src/password/password-hash.ts',
    'src/config/reading',
  ],
  'src/config/completing': [
    'src/core',
    'src/password/password-hash.ts',
    'src/config/reading',
    'src/config/schema',
  ],
  'src/config/checks': [
    'src/core',
    'candidacy',
    'src/password/password-hash.ts',
    'src/config/reading',
    'src/config/schema',
    'src/config/completing',
  ],
  'src/config/shown': ['src/core', 'src/config/reading', 'src/config/schema', 'src/config/completing'],
  'src/config': [
    'src/core',
    'src/config/reading',
    'src/config/schema',
    'src/config/completing',
    'src/config/checks',
  ],
  'src/config/planning': [
    'src/core',
    'candidacy',
    'src/script',
    'src/rules',
    'src/config/reading',
    'src/config/schema',
    'src/config/checks',
    'src/config/read-document.ts',
  ],
  'src/control': [
    'src/core',
    'src/config',
    'src/state',
    'src/script',
    'src/middleware',
    'src/proxy',
    'src/transport',
    'src/recording',
    'src/health',
    'src/password',
    'src/rules',
    'src/sessions',
    'src/local',
    'src/control/script-modules.ts',
  ],
  // The public modules that users' scripts share with the proxy: it gathers them and does nothing else.
  'src/control/script-modules.ts': ['src/core', 'candidacy', 'src/testing'],
  dashboard: [],
  'src/index.ts': [
    'src/core',
    'candidacy',
    'src/state',
    'src/script',
    'src/testing',
    'src/middleware',
    'agent',
    'src/config',
    'src/control',
    'dashboard',
  ],
  'src/cli': 'everything',
};

/** What may be imported besides with `import type`, which is gone at run time. */
const TYPE_ARROWS: Readonly<Record<string, readonly string[]>> = {
  dashboard: ['src/core', 'src/control'],
  // What is complete is part of the configuration's type, and problems speak of schemas.
  'src/config/reading': ['src/config/schema/json-schema.ts'],
  'src/config/schema': ['src/config/completing'],
  'src/config/planning': ['src/config/completing', 'src/config/read.ts'],
};

/** The one place of each package. A package that is not here may not be imported. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'http-proxy': ['src/middleware'],
  'prom-client': ['src/control'],
  systeminformation: ['agent'],
  yaml: ['src/config'],
  zod: ['src/core/options.ts', 'src/config'],
  esbuild: ['src/script'],
  pino: ['src/control/logs/log.ts'],
  commander: ['src/cli'],
  ioredis: ['src/state/redis'],
  send: ['src/local/send-file.ts'],
  '@opentelemetry/api': ['src/control/tracing'],
  preact: ['dashboard/client'],
  '@preact/signals': ['dashboard/client'],
  uplot: ['dashboard/client'],
};

/** Folders that are handed clock, randomness and everything else that comes from outside. */
const PURE = ['src/core', 'src/http1', 'candidacy'];
const IMPURE =
  /\bDate\.now\b|\bnew Date\b|\bperformance\.\w+|\bMath\.random\b|\bprocess\.\w+|\bsetTimeout\b|\bsetInterval\b|\bsetImmediate\b|\bglobalThis\b|\bfetch\(|\bcrypto\b|\bconsole\.\w+/g;
/** Arithmetic on addresses is the one thing that pure code takes from Node, in one file. */
const PURE_NODE = { file: 'src/core/accept.ts', module: 'node:net', names: ['BlockList', 'isIP'] };

const MOST_LINES = 250;

const lies = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

const placeOf = (path: string): string | undefined =>
  Object.keys(ARROWS)
    .filter((place) => lies(path, place))
    .sort((a, b) => b.length - a.length)[0];

const arrowFault = ({ from, to, isType }: Import): string | undefined => {
  const [place, target] = [placeOf(from), placeOf(to)];
  if (place === undefined) return `${from} lies in no folder of the table`;
  if (place === target) return undefined;
  const allowed = ARROWS[place] ?? [];
  if (allowed === 'everything') return undefined;
  const may = isType ? [...allowed, ...(TYPE_ARROWS[place] ?? [])] : allowed;
  return target !== undefined && may.some((name) => lies(to, name)) ? undefined : `${from} imports ${to}`;
};

const packageFault = ({ from, to }: Import): string | undefined => {
  if (to.startsWith('node:')) return undefined;
  const places = Object.hasOwn(PACKAGES, to) ? PACKAGES[to] : undefined;
  if (!places) return `${from} imports the package ${to}, which has no place`;
  return places.some((place) => lies(from, place)) ? undefined : `${from} imports the package ${to}`;
};

const allImports = (sources: Sources): readonly Import[] =>
  [...sources].flatMap(([path, text]) => importsOf(path, text));

const wrongArrows = (sources: Sources): readonly string[] =>
  [
    ...[...sources.keys()]
      .filter((path) => !placeOf(path))
      .map((path) => `${path} lies in no folder of the table`),
    ...allImports(sources).flatMap((one) => (one.isPackage ? packageFault(one) : arrowFault(one)) ?? []),
  ].filter((fault, i, all) => all.indexOf(fault) === i);

/** Files that import one another in a ring at run time, each ring once: `a > b > a`. */
const cycles = (sources: Sources): readonly string[] => {
  const next = new Map<string, string[]>();
  for (const { from, to, isPackage, isType } of allImports(sources))
    if (!isPackage && !isType) next.set(from, [...(next.get(from) ?? []), to]);
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(' > '));
    if (trail.includes(path) || done.has(path)) return;
    for (const target of next.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of next.keys()) visit(path, []);
  return found;
};

const nodeNames = (text: string, module: string): readonly string[] =>
  [...codeOf(text).matchAll(/^import\s*\{([^}]*)\}\s*from\s*'([^']+)'/gm)]
    .filter(([, , from]) => from === module)
    .flatMap(([, names = '']) => names.split(',').map((name) => name.trim()));

const nodeFaults = (path: string, text: string): readonly string[] =>
  importsOf(path, text)
    .filter(({ to }) => to.startsWith('node:'))
    .filter(({ to }) => {
      if (path !== PURE_NODE.file || to !== PURE_NODE.module) return true;
      const names = nodeNames(text, to);
      return names.length === 0 || names.some((name) => !PURE_NODE.names.includes(name));
    })
    .map(({ to }) => `${path} imports ${to}`);

const impurities = (sources: Sources): readonly string[] =>
  [...sources]
    .filter(([path]) => PURE.some((place) => lies(path, place)))
    .flatMap(([path, text]) => [
      ...nodeFaults(path, text),
      ...[...codeOf(text).matchAll(IMPURE)].map(([found]) => `${path} uses ${found}`),
    ]);

const tooLong = (sources: Sources): readonly string[] =>
  [...sources]
    .map(([path, text]) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > MOST_LINES)
    .map(({ path, lines }) => `${path} has ${lines} lines, more than ${MOST_LINES}`);

describe('the source of forehand', () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const sources = readSources(root, ['src', 'candidacy', 'agent', 'dashboard']);

  it('was found', () => {
    expect(sources.size).toBeGreaterThan(50);
    expect(allImports(sources).length).toBeGreaterThan(200);
  });

  it('imports along the arrows only, and each package in its place only', () => {
    expect(wrongArrows(sources)).toEqual([]);
  });

  it('has no files that import one another in a ring', () => {
    expect(cycles(sources)).toEqual([]);
  });

  it('reads no clock, no chance, no file and no environment in core and candidacy', () => {
    expect(impurities(sources)).toEqual([]);
  });

  it(`has no file of more than ${MOST_LINES} lines`, () => {
    expect(tooLong(sources)).toEqual([]);
  });
});

/** The same checks on small samples: they must be able to fail. */
describe('the checker', () => {
  const sample = (files: Readonly<Record<string, string>>): Sources => new Map(Object.entries(files));

  it.each([
    ['src/core/a.ts', "import { b } from '../../candidacy/b.ts';", 'src/core/a.ts imports candidacy/b.ts'],
    ['src/core/a.ts', "import type { B } from '../state/b.ts';", 'src/core/a.ts imports src/state/b.ts'],
    ['candidacy/a.ts', "export { b } from '../src/control/b.ts';", 'candidacy/a.ts imports src/control/b.ts'],
    ['agent/a.ts', "import '../src/config/b.ts';", 'agent/a.ts imports src/config/b.ts'],
    [
      'src/config/reading/a.ts',
      "import { b } from '../planning/b.ts';",
      'src/config/reading/a.ts imports src/config/planning/b.ts',
    ],
    ['src/control/a.ts', "await import('../../candidacy/b.ts');", 'src/control/a.ts imports candidacy/b.ts'],
    [
      'src/control/a.ts',
      "import {\n  b,\n  c,\n} from '../../dashboard/b.ts';",
      'src/control/a.ts imports dashboard/b.ts',
    ],
    ['src/control/a.ts', "import { b } from '../cli/b.ts';", 'src/control/a.ts imports src/cli/b.ts'],
    ['src/index.ts', "export * from './cli/b.ts';", 'src/index.ts imports src/cli/b.ts'],
    ['src/state/a.ts', "import { b } from '../index.ts';", 'src/state/a.ts imports src/index.ts'],
    ['dashboard/a.ts', "import { b } from '../src/control/b.ts';", 'dashboard/a.ts imports src/control/b.ts'],
    [
      'dashboard/a.ts',
      "import type { B } from '../src/state/b.ts';",
      'dashboard/a.ts imports src/state/b.ts',
    ],
    ['src/core/a.ts', "import { b } from '../../test/b.ts';", 'src/core/a.ts imports test/b.ts'],
    ['src/odd/a.ts', '', 'src/odd/a.ts lies in no folder of the table'],
    ['src/control/a.ts', "import pino from 'pino';", 'src/control/a.ts imports the package pino'],
    ['src/core/a.ts', "import type { z } from 'zod/v4';", 'src/core/a.ts imports the package zod'],
    [
      'src/cli/a.ts',
      "import { x } from '@odd/x/y';",
      'src/cli/a.ts imports the package @odd/x, which has no place',
    ],
    [
      'src/cli/a.ts',
      "import x from 'constructor';",
      'src/cli/a.ts imports the package constructor, which has no place',
    ],
  ])('finds a wrong arrow in %s (%#)', (path, text, fault) => {
    expect(wrongArrows(sample({ [path]: text }))).toEqual([fault]);
  });

  it.each([
    ['src/core/a.ts', "import { b } from './b.ts';\nimport { z } from '../core/options.ts';"],
    ['src/core/options.ts', "import { z } from 'zod';"],
    ['candidacy/parts/a.ts', "import type { B } from '../../src/core/b.ts';"],
    ['dashboard/a.ts', "import type { B } from '../src/control/b.ts';"],
    ['src/cli/a.ts', "import { b } from '../../dashboard/b.ts';\nawait import('../../agent/b.ts');"],
    ['src/cli/a.ts', "const text = `\nimport { b } from 'forehand';\n`;"],
    ['src/core/a.ts', "/**\n import { b } from '../cli/b.ts';\n*/\n// import('../cli/b.ts')"],
    ['src/core/a.ts', "const url = 'http://x'; // import '../cli/b.ts'"],
    ['src/state/a.ts', "import { readFile } from 'node:fs/promises';"],
    ['src/state/a.ts', "export const from = (text: string) => text;\nfrom('../cli/b.ts');"],
  ])('finds none in %s (%#)', (path, text) => {
    expect(wrongArrows(sample({ [path]: text }))).toEqual([]);
  });

  it('finds rings, but not through types', () => {
    const ring = {
      'src/core/a.ts': "import { b } from './b.ts';",
      'src/core/b.ts': "import { type C } from './c.ts';",
      'src/core/c.ts': "export * from './a.ts';\nimport { d } from './d.ts';",
      'src/core/d.ts': '',
      'src/core/e.ts': "import { a } from './a.ts';",
    };
    expect(cycles(sample(ring))).toEqual(['src/core/a.ts > src/core/b.ts > src/core/c.ts > src/core/a.ts']);
    expect(cycles(sample({ ...ring, 'src/core/b.ts': "import type { C } from './c.ts';" }))).toEqual([]);
    expect(cycles(sample({ 'src/core/a.ts': "import { a } from './a.ts';" }))).toHaveLength(1);
  });

  it.each([
    ['src/core/a.ts', 'const now = Date.now();', 'src/core/a.ts uses Date.now'],
    ['candidacy/a.ts', 'const now = performance.now();', 'candidacy/a.ts uses performance.now'],
    ['candidacy/parts/a.ts', 'const x = Math.random();', 'candidacy/parts/a.ts uses Math.random'],
    ['src/core/a.ts', 'const home = process.env.HOME;', 'src/core/a.ts uses process.env'],
    ['src/core/a.ts', 'setTimeout(tick, 5);', 'src/core/a.ts uses setTimeout'],
    ['src/core/a.ts', "import { readFileSync } from 'node:fs';", 'src/core/a.ts imports node:fs'],
    ['src/core/a.ts', "import { isIP } from 'node:net';", 'src/core/a.ts imports node:net'],
    ['candidacy/a.ts', "import { isIP } from 'node:net';", 'candidacy/a.ts imports node:net'],
    [
      'src/core/accept.ts',
      "import { connect, isIP } from 'node:net';",
      'src/core/accept.ts imports node:net',
    ],
    ['src/core/accept.ts', "import * as net from 'node:net';", 'src/core/accept.ts imports node:net'],
  ])('finds what is impure in %s (%#)', (path, text, fault) => {
    expect(impurities(sample({ [path]: text }))).toEqual([fault]);
  });

  it('finds nothing impure where that is allowed', () => {
    const fine = {
      'src/core/accept.ts': "import { BlockList, isIP } from 'node:net';",
      'src/core/a.ts': '/** Never Date.now: `now` is handed in. */\nconst x = Math.floor(1);',
      'src/state/clock.ts': 'const now = Date.now();',
    };
    expect(impurities(sample(fine))).toEqual([]);
  });

  it('counts lines', () => {
    expect(tooLong(sample({ 'src/core/a.ts': 'x\n'.repeat(250) }))).toEqual([]);
    expect(tooLong(sample({ 'agent/a.ts': 'x\n'.repeat(251) }))).toEqual([
      'agent/a.ts has 251 lines, more than 250',
    ]);
  });
});
