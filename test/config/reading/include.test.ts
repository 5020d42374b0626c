// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the configuration are what is tested

import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { brief, type Files, problemsIn, readFrom } from '../support.ts';

const MAIN = '/etc/forehand/forehand.yaml';
const POOL = 'pools: { web: { servers: [http://127.0.0.1:1] } }\nroutes: [{ pool: web }]\n';

const read = (files: Files) => readFrom({ file: MAIN }, { files });
const problems = (files: Files) => problemsIn(read(files));

describe('include', () => {
  it('joins pools by name and puts routes behind the others, in the order of the names', async () => {
    const { config, files } = await read({
      [MAIN]: `include: conf.d/*.yaml\n${POOL}`,
      '/etc/forehand/conf.d/b.yaml':
        'pools: { b: { servers: [http://127.0.0.1:3] } }\nroutes: [{ host: b, pool: b }]',
      '/etc/forehand/conf.d/a.yaml':
        'pools: { a: { servers: [http://127.0.0.1:2] } }\nroutes: [{ host: a, pool: a }]',
      '/etc/forehand/conf.d/a.txt': 'not: read',
    });
    expect(Object.keys(config.pools)).toEqual(['web', 'a', 'b']);
    expect(config.routes.map(({ pool }) => pool)).toEqual(['web', 'a', 'b']);
    expect(files).toEqual([MAIN, '/etc/forehand/conf.d/a.yaml', '/etc/forehand/conf.d/b.yaml']);
  });

  it('takes any other key from any one file', async () => {
    const { config } = await read({
      [MAIN]: 'include: [pools.yaml, /srv/rest.yaml]',
      '/etc/forehand/pools.yaml': POOL,
      '/srv/rest.yaml': 'listen: "127.0.0.1:81"\ntimeouts: { connect: 1s }',
    });
    expect(config.listen).toMatchObject([{ address: '127.0.0.1:81' }]);
    expect(config.timeouts.connect).toBe(1000);
  });

  it('reads a file once, and never the main file again', async () => {
    const { files } = await read({
      [MAIN]: `include: ["*.yaml", a.yaml, "a.*"]\n${POOL}`,
      '/etc/forehand/a.yaml': 'workers: 1',
    });
    expect(files).toEqual([MAIN, '/etc/forehand/a.yaml']);
  });

  it('may name no file through a pattern', async () => {
    const { files } = await read({ [MAIN]: `include: ["*.yml"]\n${POOL}` });
    expect(files).toEqual([MAIN]);
  });

  it('is relative to the working directory for a text without a file', async () => {
    const { config, files } = await readFrom(
      { file: '<stdin>', text: 'include: more.yaml' },
      { files: { [resolve('more.yaml')]: POOL } },
    );
    expect(Object.keys(config.pools)).toEqual(['web']);
    expect(files).toEqual([resolve('more.yaml')]);
  });

  it('is relative to the base directory for an object', async () => {
    const { config } = await readFrom(
      { value: { include: 'more.yaml' }, baseDirectory: '/srv' },
      { files: { '/srv/more.yaml': POOL } },
    );
    expect(Object.keys(config.pools)).toEqual(['web']);
  });

  it('keeps the places of what it reads', async () => {
    const found = await problems({
      [MAIN]: `include: a.yaml\n${POOL}`,
      '/etc/forehand/a.yaml': '\npools:\n  a: { servers: [127.0.0.1] }\n',
    });
    expect(found.filter(({ severity }) => severity === 'error')).toMatchObject([
      {
        place: { file: '/etc/forehand/a.yaml', line: 3, column: 18 },
        path: 'pools.a.servers[0]',
        lineText: '  a: { servers: [127.0.0.1] }',
      },
    ]);
  });

  it('shows names relative to the file as it was given', async () => {
    const found = await problemsIn(
      readFrom(
        { file: 'conf/forehand.yaml', text: 'include: a.yaml' },
        { files: { [resolve('conf/a.yaml')]: 'x: 1' } },
      ),
    );
    expect(found.map(({ place }) => place?.file)).toContain('conf/a.yaml');
  });
});

describe('an include that does not work', () => {
  it.each<[string, Files, readonly string[]]>([
    [
      'a file that is not there',
      { [MAIN]: 'include: [a.yaml, b.yaml]' },
      [
        '1:11 cannot read /etc/forehand/a.yaml: there is no such file or directory',
        '1:19 cannot read /etc/forehand/b.yaml: there is no such file or directory',
      ],
    ],
    [
      'a directory that is not there',
      { [MAIN]: 'include: conf.d/*.yaml' },
      ['1:10 cannot read /etc/forehand/conf.d: there is no such file or directory'],
    ],
    [
      'a pattern in a directory',
      { [MAIN]: 'include: "*/a.yaml"' },
      ['1:10 `*` can stand in the last part of a path only'],
    ],
    [
      'broken syntax',
      { [MAIN]: 'include: a.yaml', '/etc/forehand/a.yaml': 'a: [' },
      [expect.stringContaining('1:5 flow sequence')],
    ],
    [
      'something else than a mapping',
      { [MAIN]: 'include: a.yaml', '/etc/forehand/a.yaml': '- a' },
      ['1:10 /etc/forehand/a.yaml does not hold a mapping'],
    ],
    [
      'an include of its own',
      { [MAIN]: `include: a.yaml\n${POOL}`, '/etc/forehand/a.yaml': 'include: b.yaml' },
      ['1:1 only the main file can include others'],
    ],
    [
      'a pool that is there already',
      { [MAIN]: `include: a.yaml\n${POOL}`, '/etc/forehand/a.yaml': POOL },
      [
        `1:10 pool \`web\` is there already, in ${MAIN}:2`,
        '2:10 no request gets here: routes[0] matches the same ones',
      ],
    ],
    [
      'a key that is set already',
      { [MAIN]: `include: a.yaml\nworkers: 1\n${POOL}`, '/etc/forehand/a.yaml': 'workers: 1' },
      [`1:1 \`workers\` is set already, in ${MAIN}:2`],
    ],
    [
      'pools of another kind',
      { [MAIN]: `include: a.yaml\n${POOL}`, '/etc/forehand/a.yaml': 'pools: []' },
      [`1:1 \`pools\` is set already, in ${MAIN}:2`],
    ],
    [
      'a variable that is not set',
      { [MAIN]: `include: a.yaml\n${POOL}`, '/etc/forehand/a.yaml': 'log: { level: "${NONE}" }' },
      ['1:16 the environment variable NONE is not set'],
    ],
    [
      'too many files',
      {
        [MAIN]: `include: "c/*"\n${POOL}`,
        ...Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`/etc/forehand/c/${i}.yaml`, ''])),
      },
      ['1:10 more than 256 files are included'],
    ],
    ['no text', { [MAIN]: `include: [1]\n${POOL}` }, ['1:11 expected text, got 1']],
  ])('%s', async (_, files, expected) => {
    expect((await problems(files)).map(brief)).toEqual(expected);
  });
});
