import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { askAdmin } from '../../src/cli/admin-client.ts';
import { borrowCredentials, chooseCredentials } from '../../src/cli/admin-credentials.ts';
import { readText, withPool } from '../config/support.ts';
import { aGuardedAdmin } from '../security/a-guarded-admin.ts';
import { aCertificate } from '../support/a-certificate.ts';

const TOKEN = 'a-token-of-many-characters';
afterEach(() => chooseCredentials({}));

/** A listener with another certificate than the configuration has, and what it hears. */
const anImpostor = async (): Promise<{ readonly address: string; heard(): string }> => {
  const { cert, key } = aCertificate({ names: ['localhost'] });
  let heard = '';
  const server = createServer({ cert, key }, (socket) => {
    socket
      .on('error', () => undefined)
      .on('data', (part) => {
        heard += part.toString();
      });
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('it does not listen');
  return { address: `https://127.0.0.1:${address.port}`, heard: () => heard };
};

describe('asking the admin listener', () => {
  it('shows a token or a user', async () => {
    const admin = await aGuardedAdmin(`adminAuth: { bearer: [{ name: a, token: ${TOKEN} }] }`);
    const address = `127.0.0.1:${admin.port}`;
    expect((await askAdmin(address, '/api/v1/servers')).status).toBe(401);
    chooseCredentials({ token: TOKEN });
    expect((await askAdmin(address, '/api/v1/servers')).status).toBe(200);
    chooseCredentials({ user: 'ops:password' });
    expect((await askAdmin(address, '/api/v1/servers')).status).toBe(401);
  });

  it('borrows the token of the configuration that may do most, unless one was given', async () => {
    const { config } = await readText(
      withPool(
        `adminAuth: { bearer: [{ name: a, token: ${TOKEN} }, { name: b, token: another-${TOKEN}, scope: write }] }`,
      ),
    );
    const admin = await aGuardedAdmin(`adminAuth: { bearer: [{ name: b, token: another-${TOKEN} }] }`);
    borrowCredentials(config);
    expect((await askAdmin(`127.0.0.1:${admin.port}`, '/metrics')).status).toBe(200);
    chooseCredentials({ user: 'ops:x' });
    borrowCredentials(config);
    expect((await askAdmin(`127.0.0.1:${admin.port}`, '/metrics')).status).toBe(401);
  });

  it('tells nothing to a listener with another certificate than the configuration has', async () => {
    const impostor = await anImpostor();
    const { cert, key } = aCertificate({ names: ['localhost'] });
    chooseCredentials({ token: TOKEN });
    borrowCredentials({ adminTls: { cert, key, certFile: 'a', keyFile: 'b' } });
    await expect(askAdmin(impostor.address, '/metrics')).rejects.toThrow(
      'its certificate is not the one of the configuration',
    );
    expect(impostor.heard()).toBe('');
  });

  it('looks whether a certificate is for the name that was asked for', async () => {
    const { cert, key } = aCertificate({ names: ['localhost'] });
    const files = { '/etc/forehand/a.crt': cert, '/etc/forehand/a.key': key };
    const admin = await aGuardedAdmin('adminTls: { cert: a.crt, key: a.key }', { files });
    const folder = mkdtempSync(join(tmpdir(), 'forehand-ca-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'ca.crt'), cert);
    chooseCredentials({ ca: join(folder, 'ca.crt') });
    expect((await askAdmin(`https://localhost:${admin.port}`, '/livez')).status).toBe(200);
    await expect(askAdmin(`https://127.0.0.1:${admin.port}`, '/livez')).rejects.toThrow(
      "IP: 127.0.0.1 is not in the cert's list",
    );
  });

  it('tells nothing to a listener that no authority vouches for', async () => {
    const impostor = await anImpostor();
    chooseCredentials({ token: TOKEN });
    await expect(askAdmin(impostor.address, '/metrics')).rejects.toThrow('self-signed certificate');
    expect(impostor.heard()).toBe('');
  });

  it.each([
    [{ token: 'a', user: 'b:c' }, 'both --token and --user'],
    [{ user: 'ops' }, 'expected name:password'],
    [{ ca: '/no/such/file' }, 'ENOENT'],
  ])('refuses %o', (flags, message) => {
    expect(() => chooseCredentials(flags)).toThrow(message);
  });
});
