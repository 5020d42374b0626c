import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLANK, blankSecrets } from '../../../src/config/shown/blank-secrets.ts';

describe('blanked secrets', () => {
  it.each([
    'token',
    'tokens',
    'secret',
    'secrets',
    'password',
    'passphrase',
    'passwordHash',
    'bearer',
    'Authorization',
    'proxy-authorization',
    'apiKey',
    'X-API-Key',
    'private_key',
    'sessionSecret',
    'csrfToken',
  ])('stand under `%s`, alone or in a list', (key) => {
    expect(blankSecrets({ a: { [key]: 's3cret' } })).toEqual({ a: { [key]: BLANK } });
    expect(blankSecrets({ [key]: ['one', 2] })).toEqual({ [key]: [BLANK, BLANK] });
  });

  it.each(['tokenFile', 'passwordFile', 'key', 'cookie', 'user', 'name', 'hash', 'secretive', 'tokenize'])(
    'do not stand under `%s`',
    (key) => {
      expect(blankSecrets({ [key]: 'text' })).toEqual({ [key]: 'text' });
    },
  );

  it('are looked for in what stands under a key for several', () => {
    const tokens = [{ name: 'ci', token: 'abc', pools: ['web'] }];
    expect(blankSecrets({ tokens })).toEqual({ tokens: [{ name: 'ci', token: BLANK, pools: ['web'] }] });
  });

  it.each([
    ['redis://user:s3cret@10.0.0.9:6379/0', 'redis://user:***@10.0.0.9:6379/0'],
    ['rediss://:s3cret@redis', 'rediss://:***@redis'],
    ['see http://a:b@c/ and http://d:e@f/', 'see http://a:***@c/ and http://d:***@f/'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE', '***'],
    ['$scrypt$n=16384$c2FsdA$aGFzaA', '***'],
    ['scrypt:16384:8:1:c2FsdA:aGFzaA', '***'],
    ['http://10.0.0.1:8080/x', 'http://10.0.0.1:8080/x'],
    ['10.0.0.1:8080', '10.0.0.1:8080'],
  ])('are known by their looks: %s', (text, shown) => {
    expect(blankSecrets({ url: text, list: [text] })).toEqual({ url: shown, list: [shown] });
  });

  it('change nothing else', () => {
    const plain = fc.object({
      key: fc.constantFrom('name', 'url', 'servers', 'weight', 'tags'),
      values: [fc.integer(), fc.boolean(), fc.constant(null), fc.stringMatching(/^[a-z0-9 .]*$/)],
    });
    fc.assert(
      fc.property(plain, (value) => {
        expect(blankSecrets(value)).toEqual(value);
      }),
    );
  });
});
