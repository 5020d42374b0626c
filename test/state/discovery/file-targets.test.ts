import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostAndPort, parseServerUrl } from '../../../src/core/accept.ts';
import { MAX_SERVERS } from '../../../src/core/pool-servers.ts';
import { readTargets } from '../../../src/state/discovery/file-targets.ts';

const one = (target: unknown, labels?: unknown): unknown => [
  { targets: [target], ...(labels === undefined ? {} : { labels }) },
];

const written = (value: unknown): string => {
  const servers = readTargets(value);
  if (typeof servers === 'string') return servers;
  return servers.map(({ url, tags }) => [url.origin, ...tags].join(' ')).join('; ');
};

describe('a list of targets', () => {
  it('gives servers under address and port, sorted, each once with all of its tags', () => {
    const servers = readTargets([
      { targets: ['10.0.0.2:3000', '[fd00::1]:80'], labels: { rack: 'r1' } },
      { targets: ['10.0.0.1:3000', 'https://10.0.0.2:3000'], labels: { zone: 'b', rack: 'r1' } },
    ]);
    expect(servers).toEqual([
      { id: '10.0.0.1:3000', url: new URL('http://10.0.0.1:3000'), tags: ['zone=b', 'rack=r1'] },
      { id: '10.0.0.2:3000', url: new URL('http://10.0.0.2:3000'), tags: ['rack=r1', 'zone=b'] },
      { id: '[fd00::1]:80', url: new URL('http://[fd00::1]'), tags: ['rack=r1'] },
    ]);
  });

  it.each([
    ['10.0.0.1:3000', 'http://10.0.0.1:3000'],
    ['10.0.0.1:80', 'http://10.0.0.1'],
    ['[FD00::0:1]:80', 'http://[fd00::1]'],
    ['Web-1.Internal:3000', 'http://web-1.internal:3000'],
    ['my_service:3000', 'http://my_service:3000'],
    ['http://10.0.0.1:3000', 'http://10.0.0.1:3000'],
    ['https://10.0.0.1', 'https://10.0.0.1'],
    ['HTTPS://10.0.0.1:8443/', 'https://10.0.0.1:8443'],
  ])('takes the target %s', (target, origin) => {
    expect(written(one(target))).toBe(origin);
  });

  it.each([
    [{}, 'http://10.0.0.1:3000'],
    [null, 'http://10.0.0.1:3000'],
    [
      { rack: 'r 1, left', 'app.kubernetes.io/name': 'web' },
      'http://10.0.0.1:3000 rack=r 1, left app.kubernetes.io/name=web',
    ],
    [{ tags: ' gpu, eu,, ' }, 'http://10.0.0.1:3000 gpu eu'],
    [{ tags: '' }, 'http://10.0.0.1:3000'],
    [{ __scheme__: 'https', __meta_url: 'x\ny', a: '' }, 'https://10.0.0.1:3000 a='],
  ])('takes the labels %j', (labels, result) => {
    expect(written(one('10.0.0.1:3000', labels))).toBe(result);
  });

  it.each([[undefined], [null], [[]], [[{ targets: [] }]]])('that is %j names no server', (value) => {
    expect(readTargets(value)).toEqual([]);
  });

  it.each([
    [{ targets: [] }, 'the file: expected a list of mappings with `targets`, got a mapping'],
    ['10.0.0.1:80', 'the file: expected a list of mappings with `targets`, got "10.0.0.1:80"'],
    [['10.0.0.1:80'], '[0]: expected a mapping with `targets`, got "10.0.0.1:80"'],
    [[{ targets: [] }, []], '[1]: expected a mapping with `targets`, got a list'],
    [[{}], '[0].targets: expected a list, got nothing'],
    [[{ targets: '10.0.0.1:80' }], '[0].targets: expected a list, got "10.0.0.1:80"'],
    [[{ targets: [], lables: {} }], '[0]: expected `targets` and `labels` and nothing else, got "lables"'],
    [[{ targets: [], labels: ['a'] }], '[0].labels: expected a mapping of names to texts, got a list'],
    [
      [{ targets: [], labels: { port: 80 } }],
      '[0].labels.port: expected a text (write it in quotes if it looks like a number), got 80',
    ],
    [[{ targets: [], labels: { 'a b': 'c' } }], '[0].labels: expected names such as rack, got "a b"'],
    [
      [{ targets: [], labels: { __scheme__: 'ftp' } }],
      '[0].labels.__scheme__: expected http or https, got "ftp"',
    ],
    [
      [{ targets: [], labels: { a: 'b\nc' } }],
      '[0].labels.a: expected a tag of at most 128 printed characters, got "a=b\\nc"',
    ],
  ])('%j is refused', (value, message) => {
    expect(readTargets(value)).toBe(message);
  });

  it.each([
    '10.0.0.1',
    '10.0.0.1:',
    '10.0.0.1:0',
    '10.0.0.1:65536',
    '10.1:80',
    '0x7f.1:80',
    '1234:80',
    'fd00::1:80',
    '[fd00::g]:80',
    '[fd00::1]',
    '10.0.0.1:80/path',
    'user@10.0.0.1:80',
    'user:80@10.0.0.1:80',
    'web%61:80',
    'bücher:80',
    'a b:80',
    ':80',
    '',
    'http://',
    'http://10.0.0.1:80/path',
    'http://10.1:80',
    'ftp://10.0.0.1:80',
    'unix:/run/a.sock:80',
    '10.0.0.1:80\n',
    `${'a'.repeat(300)}:80`,
    80,
    null,
    {},
  ])('the target %j is refused, with its place', (target) => {
    const message = readTargets([{ targets: [] }, {}, { targets: ['10.0.0.1:80', target] }].toSpliced(1, 1));
    expect(message).toMatch(/^\[1\]\.targets\[1\]: expected host and port such as .*, got [^\n]{1,90}$/);
  });

  it('may be as long as a pool and no longer', () => {
    const targets = Array.from({ length: MAX_SERVERS }, (_, i) => `10.0.${i >> 8}.${i & 255}:80`);
    expect(readTargets([{ targets }])).toHaveLength(MAX_SERVERS);
    expect(readTargets([{ targets }, { targets: ['10.1.0.0:80'] }])).toBe(
      `[1].targets: more than ${MAX_SERVERS} servers in one file`,
    );
  });

  it('has at most 64 tags a server', () => {
    const tags = (count: number): string => Array.from({ length: count }, (_, i) => `t${i}`).join(',');
    expect(written(one('a:80', { tags: tags(64) }))).toMatch(/ t63$/);
    expect(written(one('a:80', { tags: tags(65) }))).toBe('[0].labels: expected at most 64 tags, got 65');
  });
});

describe('whatever stands in a file', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.stringMatching(/^(https?:\/\/)?[\w.:[\]%@/-]{0,20}(:\d{0,6})?$/),
    fc
      .tuple(
        fc.oneof(
          fc.ipV4(),
          fc.ipV6().map((ip) => `[${ip}]`),
          fc.domain(),
        ),
        fc.nat(70_000),
      )
      .map(([h, p]) => `${h}:${p}`),
  );
  const labels = fc.dictionary(fc.constantFrom('__scheme__', 'tags', '__proto__', 'rack', 'a b'), texts);
  const groups = fc.record(
    { targets: fc.array(fc.oneof(texts, fc.anything())), labels },
    { requiredKeys: ['targets'] },
  );

  it('is answered with one line or with servers that are just what is written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.array(groups)), (value) => {
        const servers = readTargets(value);
        if (typeof servers === 'string') {
          expect(servers).not.toMatch(/[\n\r]/);
          return;
        }
        for (const { id, url, tags } of servers) {
          expect(parseServerUrl(url.href)?.href).toBe(url.href);
          expect(hostAndPort(url)).toBe(id);
          expect(url.username + url.password + url.search + url.hash + url.pathname).toBe('/');
          expect(tags.every((tag) => tag.length <= 128 && tag !== '')).toBe(true);
        }
        expect(new Set(servers.map(({ id }) => id)).size).toBe(servers.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('means the same when its targets are turned round', () => {
    const target = fc
      .tuple(fc.ipV4(), fc.integer({ min: 1, max: 65_535 }))
      .map(([ip, port]) => `${ip}:${port}`);
    fc.assert(
      fc.property(fc.array(target, { maxLength: 20 }), (targets) => {
        expect(readTargets([{ targets: targets.toReversed() }])).toEqual(readTargets([{ targets }]));
      }),
    );
  });
});
