// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the configuration are what is tested

import { describe, expect, it } from 'vitest';
import { formatProblems } from '../../../src/config/shown/format.ts';
import { brief, type Files, problemsIn, readFrom, readText, withPool } from '../support.ts';

const MAIN = '/etc/forehand/forehand.yaml';

const read = (agents: string, files: Files = {}) =>
  readFrom({ file: MAIN }, { files: { [MAIN]: withPool(`agents: ${agents}\n`), ...files } });

describe('the token of agents', () => {
  it('may be written, or come from a variable', async () => {
    const { config } = await readText(
      withPool('agents: { listen: "http://0.0.0.0:9091", token: "${TOKEN}" }'),
      { TOKEN: 's3cret' },
    );
    expect(config.agents?.tokens).toEqual([{ name: 'agents', secrets: ['s3cret'] }]);
  });

  it('is left out when it is empty', async () => {
    const { config } = await readText(
      withPool('agents: { listen: "http://127.0.0.1:9091", token: "${NONE:-}" }'),
    );
    expect(config.agents).toEqual({ listen: ['http://127.0.0.1:9091'], rate: 1000, tokens: [] });
  });

  it('may be in a file beside the one that names it, without the white space round it', async () => {
    const { config, files } = await read('{ listen: "udp://0.0.0.0:4445", tokenFile: secrets/token }', {
      '/etc/forehand/secrets/token': '\ns3cret\n',
    });
    expect(config.agents?.tokens[0]?.secrets).toEqual(['s3cret']);
    expect(files).toEqual([MAIN, '/etc/forehand/secrets/token']);
  });

  it('is in a file beside the included file that names it', async () => {
    const { config } = await readFrom(
      { file: MAIN },
      {
        files: {
          [MAIN]: withPool('include: /srv/agents.yaml'),
          '/srv/agents.yaml': 'agents: { listen: "http://127.0.0.1:1", tokenFile: token }',
          '/srv/token': 's3cret',
        },
      },
    );
    expect(config.agents?.tokens[0]?.secrets).toEqual(['s3cret']);
  });

  it.each<[string, string, Files, string]>([
    [
      'in a file that is not there',
      '{ listen: "http://127.0.0.1:1", tokenFile: /t }',
      {},
      'cannot read /t: there is no',
    ],
    ['in an empty file', '{ listen: "http://127.0.0.1:1", tokenFile: /t }', { '/t': ' \n' }, '/t is empty'],
    [
      'in a file with more',
      '{ listen: "http://127.0.0.1:1", tokenFile: /t }',
      { '/t': 'a b\nc' },
      '/t: a token is of visible',
    ],
    [
      'in two places',
      '{ listen: "http://127.0.0.1:1", token: x, tokenFile: /t }',
      { '/t': 'a' },
      'both `token` and',
    ],
    [
      'with spaces',
      '{ listen: "http://127.0.0.1:1", token: "a b" }',
      {},
      'a token is of visible ASCII characters',
    ],
    [
      'as a number',
      '{ listen: "http://127.0.0.1:1", token: 123456 }',
      {},
      'put a token that looks like a number in quotes',
    ],
    [
      'too long',
      `{ listen: "http://127.0.0.1:1", token: ${'x'.repeat(1025)} }`,
      {},
      'at most 1024 characters',
    ],
  ])('is refused %s', async (_, agents, files, message) => {
    expect((await problemsIn(read(agents, files))).map(brief).join('\n')).toContain(message);
  });
});

describe('a token in the text', () => {
  it.each([
    ['in a flow mapping', 'agents: { listen: "tcp://x", token: "s3cret" }'],
    ['without quotes', 'agents:\n  token: s3cret\n  lisen: x'],
    ['on the line itself', 'agents: { listen: "http://127.0.0.1:1", token: s3cret☃ }'],
    ['in JSON', '{ "agents": { "listen": "tcp://x", "token": "s3cret" } }'],
    ['behind broken syntax', 'agents: { token: s3cret }}'],
    ['as a default', 'agents: { listen: "tcp://x", token: "${NONE:-s3cret}" }'],
    ['as a block', 'agents:\n  token: >-\n    s3cret\n  lisen: x'],
  ])('is never shown: %s', async (_, text) => {
    const shown = formatProblems(await problemsIn(readText(text)), { color: false });
    expect(shown).toMatch(/│/);
    expect(shown).not.toContain('s3cret');
  });

  it.each([
    ['with spaces', 'credentials: { user: a, password: open s3cret , usr: b }'],
    ['with a comma', 'credentials:\n      password: open,s3cret\n      usr: x'],
    ['in double quotes, with a quote', 'credentials: { password: "a\\" s3cret", usr: x }'],
    ['in single quotes, with a quote', "credentials: { password: 'it''s s3cret', usr: x }"],
    ['behind a quote that never ends', 'credentials: { password: "open s3cret }'],
    ['in place of credentials', 'credentials: me:s3cret\n    tls: x'],
    ['in place of credentials, in quotes', 'credentials: "me:s3cret"'],
    ['under another name', 'credentials: { bearer: s3cret }'],
    ['before a comment', 'credentials:\n      password: s3cret # changed\n      usr: x'],
    ['at the end of a line with CR LF', 'credentials:\r\n      password: s3cret\r\n      usr: x'],
  ])('nor is a password: %s', async (_, keys) => {
    const text = `pools:\n  web:\n    servers: [http://a:1]\n    ${keys}\n`;
    const shown = formatProblems(await problemsIn(readText(text)), { color: false });
    expect(shown).toMatch(/│.*\*\*\*/);
    expect(shown).not.toContain('s3cret');
  });

  it('leaves the keys behind it readable', async () => {
    const text = 'pools: { web: { servers: [http://a:1], credentials: { password: a b c, usr: me } } }';
    const shown = formatProblems(await problemsIn(readText(text)), { color: false });
    expect(shown).toContain('{ password: *****, usr: me } } }');
  });

  it.each([
    ['as text', 'key: "-----BEGIN EC PRIVATE KEY-----\\ns3cret\\n-----END EC PRIVATE KEY-----"'],
    ['as a block', 'key: |\n          -----BEGIN PRIVATE KEY-----\n          s3cret\n          -----END'],
    ['cut off', 'key: "-----BEGIN PRIVATE KEY-----\\ns3cret'],
  ])('nor is a private key in place of the name of its file: %s', async (_, key) => {
    const text = `pools:\n  web:\n    servers: [http://a:1]\n    tls:\n        ${key}\n        usr: x\n`;
    const shown = formatProblems(await problemsIn(readText(text)), { color: false });
    expect(shown).toMatch(/│/);
    expect(shown).not.toContain('s3cret');
  });

  it('is never shown when it came from a variable', async () => {
    const found = await problemsIn(
      readText('agents: { listen: "tcp://x", token: "${TOKEN}", more: 1 }', { TOKEN: 's3 cret' }),
    );
    const shown = formatProblems(found, { color: false });
    expect(shown).toContain('token: "${TOKEN}"');
    expect(shown).not.toContain('s3 cret');
  });
});
