import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { aGuardedAdmin, bearer } from './a-guarded-admin.ts';

let folder: string;
const files: Record<string, string> = {};
const fileOf = (name: string): string => readFileSync(join(folder, name), 'utf8');
const openssl = (...args: readonly string[]): void => {
  execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
};

/** An authority, and certificates that it has signed. */
const authority = (name: string, subjects: Readonly<Record<string, string>>): void => {
  const days = ['-days', '30', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  openssl('req', '-x509', ...days, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.crt`);
  for (const [file, subject] of Object.entries(subjects)) {
    openssl('req', ...days.slice(2), '-subj', subject, '-keyout', `${file}.key`, '-out', `${file}.csr`);
    openssl(
      'x509',
      '-req',
      '-days',
      '30',
      '-in',
      `${file}.csr`,
      '-CA',
      `${name}.crt`,
      '-CAkey',
      `${name}.key`,
      '-CAcreateserial',
      '-out',
      `${file}.crt`,
    );
  }
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'forehand-admin-'));
  writeFileSync(join(folder, 'x'), '');
  authority('ours', {
    ops: '/CN=ops',
    eve: '/CN=eve',
    both: '/CN=eve/CN=ops',
    nobody: '/O=nobody',
    server: '/CN=localhost',
  });
  authority('theirs', { stranger: '/CN=ops' });
  for (const name of ['ours', 'theirs', 'server']) {
    files[`/etc/forehand/${name}.crt`] = fileOf(`${name}.crt`);
    files[`/etc/forehand/${name}.key`] = fileOf(`${name}.key`);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const TLS = 'adminTls: { cert: server.crt, key: server.key }';
const shown = (name: string): object => ({ cert: fileOf(`${name}.crt`), key: fileOf(`${name}.key`) });

describe('certificates of clients', () => {
  const AUTH = `${TLS}\nadminAuth: { certificates: { ca: ours.crt, write: [ops] } }`;

  it.each([
    ['ops', { name: 'ops', scope: 'write', by: 'certificate' }],
    ['eve', { name: 'eve', scope: 'read', by: 'certificate' }],
    // Two common names are none: nobody could say which of them is meant.
    ['both', { name: null, scope: 'read', by: 'certificate' }],
    ['nobody', { name: null, scope: 'read', by: 'certificate' }],
  ])('let %s in', async (name, caller) => {
    const admin = await aGuardedAdmin(AUTH, { files });
    const { status, text } = await admin.ask('/api/v1/session', { tls: shown(name) });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual(caller);
    const change = await admin.post('/api/v1/reload', {}, { tls: shown(name) });
    expect(change.status).toBe(caller.scope === 'write' ? 200 : 403);
  });

  it.each([
    ['no certificate', () => ({})],
    ['one of another authority', () => shown('stranger')],
    ['one that signed itself', () => shown('theirs')],
  ])('do not let in with %s', async (_, tls) => {
    const admin = await aGuardedAdmin(AUTH, { files });
    expect((await admin.ask('/api/v1/servers', { tls: tls() })).status).toBe(403);
    expect((await admin.ask('/livez', { tls: tls() })).status).toBe(200);
  });

  it('are looked at by other authorities from a reload on', async () => {
    const admin = await aGuardedAdmin(AUTH, { files });
    expect((await admin.ask('/metrics', { tls: shown('stranger') })).status).toBe(403);
    await admin.reload(AUTH.replace('ours.crt', 'theirs.crt'));
    expect((await admin.ask('/metrics', { tls: shown('stranger') })).status).toBe(200);
    expect((await admin.ask('/metrics', { tls: shown('ops') })).status).toBe(403);
  });

  it('are one way beside others', async () => {
    const token = 'a-token-of-many-characters';
    const more = `${TLS}\nadminAuth: { certificates: { ca: ours.crt, write: [] }, bearer: [{ name: ci, token: ${token}, scope: write }] }`;
    const admin = await aGuardedAdmin(more.replace('write: []', 'write: [nobody]'), { files });
    const eve = shown('eve');
    expect((await admin.ask('/metrics', { tls: eve })).status).toBe(200);
    expect((await admin.post('/api/v1/reload', {}, { tls: eve })).status).toBe(403);
    expect((await admin.post('/api/v1/reload', {}, { tls: eve, headers: bearer(token) })).status).toBe(200);
    expect((await admin.ask('/metrics', { tls: {} })).status).toBe(401);
  });

  it('are not waited for without end: a handshake that never begins is given up', async () => {
    const admin = await aGuardedAdmin(AUTH, { files });
    let ended = false;
    const socket = connect(admin.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.resume().on('error', () => undefined);
    socket.on('close', () => {
      ended = true;
    });
    await eventually(() => ended, 'the connection is closed', 15_000);
  });

  it('are asked for over TLS alone: nothing is answered in the clear', async () => {
    const admin = await aGuardedAdmin(AUTH, { files });
    await expect(admin.ask('/livez')).rejects.toThrow();
  });
});

describe('the certificate of the listener', () => {
  it('is another one after a reload, and another one alone does not keep it from coming', async () => {
    const admin = await aGuardedAdmin(TLS, { files });
    expect((await admin.ask('/livez', { tls: {} })).status).toBe(200);
    await admin.reload(TLS.replaceAll('server', 'theirs'));
    const ca = files['/etc/forehand/theirs.crt'];
    const trusting = { rejectUnauthorized: true, ca, checkServerIdentity: () => undefined };
    expect((await admin.ask('/livez', { tls: trusting })).status).toBe(200);
  });
});

describe('a proxy in front', () => {
  const AUTH = `adminAuth: { proxy: { from: [127.0.0.7], groupsHeader: X-Forwarded-Groups, write: [ann, admins] } }`;

  it.each([
    [{ 'x-forwarded-user': 'ann' }, { name: 'ann', scope: 'write', by: 'proxy' }],
    [{ 'x-forwarded-user': 'bob' }, { name: 'bob', scope: 'read', by: 'proxy' }],
    [
      { 'x-forwarded-user': 'bob', 'x-forwarded-groups': 'staff, admins' },
      { name: 'bob', scope: 'write', by: 'proxy' },
    ],
  ])('says who it is: %o', async (headers, caller) => {
    const admin = await aGuardedAdmin(AUTH);
    const { text } = await admin.ask('/api/v1/session', { from: '127.0.0.7', headers });
    expect(JSON.parse(text)).toEqual(caller);
  });

  it.each([
    ['another address', { 'x-forwarded-user': 'ann' }, '127.0.0.8'],
    ['no name', {}, '127.0.0.7'],
    ['an empty name', { 'x-forwarded-user': ' ' }, '127.0.0.7'],
    ['a page for a name', { 'x-forwarded-user': 'x'.repeat(300) }, '127.0.0.7'],
    ['groups alone', { 'x-forwarded-groups': 'admins' }, '127.0.0.7'],
  ])('is not believed with %s', async (_, headers, from) => {
    const admin = await aGuardedAdmin(AUTH);
    expect((await admin.ask('/api/v1/servers', { from, headers })).status).toBe(403);
  });

  it('is not believed with two names: one may come from the client', async () => {
    const admin = await aGuardedAdmin(AUTH);
    const headers = { 'x-forwarded-user': ['bob', 'ann'] } as unknown as Record<string, string>;
    expect((await admin.ask('/api/v1/servers', { from: '127.0.0.7', headers })).status).toBe(403);
  });

  it('names people as it likes: what they are called ends no line of the log', async () => {
    const admin = await aGuardedAdmin('adminAuth: { proxy: { from: [127.0.0.7] } }');
    const headers = { 'x-forwarded-user': '"<img onerror=1>\u0085x"' };
    await admin.post('/api/v1/reload', {}, { from: '127.0.0.7', headers });
    expect(admin.events.join()).not.toMatch(/\p{Cc}/u);
  });
});
