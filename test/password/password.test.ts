import { describe, expect, it } from 'vitest';
import { hashPassword, verifyPassword } from '../../src/password/password.ts';
import { parsePasswordHash } from '../../src/password/password-hash.ts';

const CHEAP = { cost: 1024, block: 8, parallel: 1 };

describe('a password', () => {
  it('is known by its hash, another one each time', async () => {
    const [one, two] = await Promise.all([
      hashPassword('correct horse', CHEAP),
      hashPassword('correct horse', CHEAP),
    ]);
    expect(one).not.toBe(two);
    expect(await verifyPassword(one, 'correct horse')).toBe(true);
    expect(await verifyPassword(two, 'correct horse')).toBe(true);
    expect(await verifyPassword(one, 'correct horse ')).toBe(false);
    expect(await verifyPassword(one, '')).toBe(false);
  });

  it('is the same however its accents were typed', async () => {
    expect(await verifyPassword(await hashPassword('caf\u00e9', CHEAP), 'cafe\u0301')).toBe(true);
  });

  it('has by default a hash that costs what OWASP advises', async () => {
    const hash = await hashPassword('x');
    expect(parsePasswordHash(hash)).toMatchObject({ cost: 32_768, block: 8, parallel: 3 });
    expect(await verifyPassword(hash, 'x')).toBe(true);
  });

  it('is hashed as RFC 7914 says', async () => {
    // RFC 7914, 12: the third vector.
    const key =
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887';
    const [salt, base64] = [Buffer.from('SodiumChloride'), Buffer.from(key, 'hex')].map((b) =>
      b.toString('base64'),
    );
    expect(await verifyPassword(`scrypt$16384$8$1$${salt}$${base64}`, 'pleaseletmein')).toBe(true);
  });

  it.each([
    '',
    'x',
    'scrypt$1024$8$1$$',
    '$2b$10$abcdefghijklmnopqrstuv',
    'scrypt$99999999$99$99$AAAAAAAAAAAAAAAA$AAAA',
  ])('is never known by %s, which is no hash', async (text) => {
    expect(await verifyPassword(text, 'x')).toBe(false);
  });
});
