import { randomBytes } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { aTlsClient, aTlsListener, echoed } from './a-tls-listener.ts';
import { madeCertificate } from './made-certificates.ts';

const certificate = madeCertificate({ subject: 'a.example', names: ['DNS:a.example'] });
const other = madeCertificate({ subject: 'b.example', names: ['DNS:b.example'] });
const certificates = [certificate];

const aSession = async (port: number, options: ConnectionOptions): Promise<Buffer> => {
  const client = await aTlsClient(port, options);
  const sessions = [client.getSession()];
  // With TLS 1.3 tickets come behind the handshake.
  client.on('session', (session) => sessions.push(session));
  await echoed(client, 'x');
  return sessions.at(-1) as Buffer;
};

const isResumed = async (port: number, session: Buffer, options: ConnectionOptions): Promise<boolean> => {
  const client = await aTlsClient(port, { ...options, session });
  expect(await echoed(client, 'hello')).toBe('hello');
  return client.isSessionReused();
};

describe.each([['TLSv1.2'], ['TLSv1.3']] as const)('a session of %s', (maxVersion) => {
  const options = { maxVersion, servername: 'a.example' };

  it('is resumed by another listener with the same ticket keys', async () => {
    const ticketKeys = randomBytes(48);
    const [one, two] = [
      await aTlsListener({ certificates, ticketKeys }),
      await aTlsListener({ certificates, ticketKeys }),
    ];
    expect(await isResumed(two.port, await aSession(one.port, options), options)).toBe(true);
    expect(two.facts[0]?.isResumed).toBe(true);
  });

  it('is not resumed by one with keys of its own', async () => {
    const [one, two] = [await aTlsListener({ certificates }), await aTlsListener({ certificates })];
    expect(await isResumed(two.port, await aSession(one.port, options), options)).toBe(false);
  });

  it('outlives a change of certificates, also where its own is not the first', async () => {
    const { port, listener } = await aTlsListener({ certificates: [other, certificate] });
    const session = await aSession(port, options);
    listener.update([other, certificate]);
    expect(await isResumed(port, session, options)).toBe(true);
  });

  it.each([
    ['first', [certificate, other]],
    ['second', [other, certificate]],
  ])('by the %s certificate makes a full handshake once the keys have changed', async (_, ordered) => {
    const { port, listener } = await aTlsListener({ certificates: ordered });
    const session = await aSession(port, options);
    listener.setTicketKeys(randomBytes(48));
    expect(await isResumed(port, session, options)).toBe(false);
    expect(await isResumed(port, await aSession(port, options), options)).toBe(true);
  });

  it('of a listener that asks for no certificate opens none that asks for one', async () => {
    const ticketKeys = randomBytes(48);
    const open = await aTlsListener({ certificates, ticketKeys });
    const closed = await aTlsListener({ certificates, ticketKeys, clientCa: certificate.cert });
    const session = await aSession(open.port, options);
    const client = await aTlsClient(closed.port, { ...options, session }).catch(() => undefined);
    client?.on('error', () => {}).resume();
    await eventually(() => closed.refusals.length === 1);
    expect(closed.connections).toEqual([]);
  });
});

describe('ticket keys', () => {
  it('have 48 bytes', async () => {
    const { listener } = await aTlsListener({ certificates });
    expect(() => listener.setTicketKeys(randomBytes(32))).toThrow('48 bytes, not 32');
    await expect(aTlsListener({ certificates, ticketKeys: randomBytes(80) })).rejects.toThrow('not 80');
  });
});
