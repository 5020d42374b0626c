import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.ts';
import { readFrom, withPool } from '../config/support.ts';

const MAIN = '/etc/forehand/forehand.yaml';
const TOKEN = 'a-token-that-nobody-may-see-here';
const FILES = {
  [MAIN]: withPool('include: [more/*.yaml]\nexplain: { tokenFile: secrets/token }\n'),
  '/etc/forehand/more/errors.yaml': 'errorPages: { "404": ../pages/404.html }\n',
  '/etc/forehand/secrets/token': TOKEN,
  '/etc/forehand/pages/404.html': 'gone',
  '/etc/forehand/pages/other.html': 'other',
};

/** What a host that somebody adds while the proxy runs is refused for; empty if it is taken. */
const refusalOf = async (host: object): Promise<string> => {
  const hosts = [{ name: 'new.example', text: JSON.stringify(host, undefined, 2) }];
  try {
    await readFrom({ file: MAIN, hosts }, { files: FILES });
    return '';
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return thrown.message;
  }
};

describe('a host that is added while the proxy runs', () => {
  it.each<[string, object]>([
    ['a token as an answer', { respond: { bodyFile: 'secrets/token' } }],
    ['a token by another spelling', { respond: { bodyFile: './more/./../secrets//token' } }],
    ['a token as an error page', { pool: 'web', errorPages: { '404': 'secrets/token' } }],
    ['a token as a script whose fault quotes it', { handler: './secrets/token' }],
    ['a token as a rule whose fault quotes it', { pool: 'web', allow: ['./secrets/token#x'] }],
    ['the folder of a token', { locations: [{ path: '/x/', files: 'secrets' }] }],
    ['the folder of everything', { files: { directory: '.', listing: true } }],
    ['the configuration', { respond: { bodyFile: 'forehand.yaml' } }],
    ['an included file', { respond: { bodyFile: 'more/errors.yaml' } }],
    ['the folder where links lead to', { respond: { bodyFile: '..data/token' } }],
  ])('cannot show %s', async (_, host) => {
    const refusal = await refusalOf(host);
    expect(refusal).toMatch(/^a host that is added may (?:not show|name files below)/);
    expect(refusal).not.toContain(TOKEN);
  });

  it('may show pages, and folders without secrets', async () => {
    expect(
      await refusalOf({ respond: { bodyFile: 'pages/other.html' }, errorPages: { '404': 'pages/404.html' } }),
    ).toBe('');
    expect(await refusalOf({ files: 'pages' })).toBe('');
  });

  it('cannot have a name that is lost as a key', async () => {
    const hosts = [{ name: '__proto__', text: '{ "pool": "web" }' }];
    await expect(readFrom({ file: MAIN, hosts }, { files: FILES })).rejects.toThrow('__proto__');
  });
});
