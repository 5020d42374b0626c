// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the configuration are what is tested
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makePlan } from '../../src/config/planning/plan.ts';
import { readConfig } from '../../src/config/read.ts';
import { formatProblems } from '../../src/config/shown/format.ts';
import { defineCandidacy } from '../../src/core/candidacy.ts';
import { z } from '../../src/core/options.ts';
import { problemsIn, readText } from '../config/support.ts';
import { aCertificate } from '../support/a-certificate.ts';
import { defaultChain, reference } from './config-reference.ts';

const PAGE = new URL('../../docs/configuration.md', import.meta.url);

const marks = (name: string): RegExp => new RegExp(`(<!-- ${name}: .* -->\n)([\\s\\S]*?)(<!-- /${name} -->)`);

const WRITTEN = { reference, 'default chain': defaultChain } as const;

if (process.env['UPDATE_DOCS'] === '1')
  for (const [name, write] of Object.entries(WRITTEN)) {
    const page = readFileSync(PAGE, 'utf8');
    writeFileSync(
      PAGE,
      page.replace(marks(name), (_, open: string, __, close: string) => open + write() + close),
    );
  }

const page = readFileSync(PAGE, 'utf8');
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text]) => text ?? '');

const anyScript = defineCandidacy({ name: 'mine', options: z.unknown(), create: () => (servers) => servers });
const guard = { bypassed: false, enter: () => undefined, leave: () => undefined, fault: () => undefined };

const { cert, key } = aCertificate();

const FILES: Readonly<Record<string, string>> = {
  crt: cert,
  key,
  'log.yaml': 'log: { format: json }',
  'site.yaml': 'admin: false',
};

/** What the page takes for granted: the files and variables that it speaks of. */
const world = {
  env: { FOREHAND_TOKEN: 's3cret', WEB_HOST: '10.0.0.5', LOG_LEVEL: 'debug' },
  readFile: async (path: string) =>
    FILES[path.split('/').at(-1) ?? ''] ?? FILES[path.split('.').at(-1) ?? ''] ?? 's3cret',
  listDirectory: async () => ['log.yaml'],
};

/** The configuration that the page shows the mistakes of. */
const BROKEN = `listen: "127.0.0.1:8080"
pools:
  web:
    servers:
      - http://127.0.0.1:3001
      - adress: http://127.0.0.1:3002
    chain:
      - byAge: 5
      - byLaod
`;

describe('docs/configuration.md', () => {
  it.each(Object.entries(WRITTEN))(
    'has the %s as the program has it (UPDATE_DOCS=1 writes it)',
    (name, write) => {
      expect(marks(name).exec(page)?.[2]).toBe(write());
    },
  );

  it.each(blocks('yaml').map((text, i) => ({ number: i + 1, text })))(
    'has configurations that can be used, without a warning: $number',
    async ({ text }) => {
      const read = await readConfig({ file: 'forehand.yaml', text }, world);
      const plan = await makePlan(read, {
        loadScript: async (reference) => ({
          reference,
          name: 'mine',
          candidacy: anyScript,
          guard,
          files: [],
        }),
      });
      expect(plan.warnings).toEqual([]);
    },
  );

  it('shows problems as they are printed', async () => {
    const shown = formatProblems(await problemsIn(readText(BROKEN)), { color: false, kept: true });
    const shortened = shown.replace(/(known: HTTP\S+ \S+ addPrediction).*/, '$1 ...');
    expect(blocks('text')).toContain(shortened);
  });

  it('has examples', () => {
    expect(blocks('yaml').length).toBeGreaterThan(6);
  });
});
