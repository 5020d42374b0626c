import { describe, expect, it } from 'vitest';
import { askTcp } from '../../src/health/ask-tcp.ts';
import type { CheckPlace } from '../../src/health/check-spec.ts';
import { aBlackHole } from '../support/a-black-hole.ts';
import { eventually } from '../support/eventually.ts';
import { aDeadUrl, startBackend, startRawBackend } from '../support/start-backend.ts';

const at = (url: string, place: Partial<CheckPlace> = {}): CheckPlace => {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port), timeout: 2000, ...place };
};

describe('a check that only connects', () => {
  it('is good where somebody listens, and closes its connection', async () => {
    const backend = await startRawBackend((socket) => socket.on('end', () => socket.end()).resume());
    expect(await askTcp(at(backend.url)).result).toEqual({
      isGood: true,
      isRefused: false,
      text: expect.stringMatching(/^connected in \d+ ms$/),
    });
    await eventually(() => backend.open === 0);
  });

  it('is refused where nobody does', async () => {
    const result = await askTcp(at(await aDeadUrl())).result;
    expect(result).toEqual({ isGood: false, isRefused: true, text: 'connect refused' });
  });

  it('gives up on a machine that answers nothing', async () => {
    const result = await askTcp(at(await aBlackHole(), { timeout: 50 })).result;
    expect(result).toEqual({ isGood: false, isRefused: false, text: 'no connection within 50ms' });
  });

  it('goes through the handshake where it is to speak TLS', async () => {
    const { url } = await startBackend();
    const tls = { verify: true, servername: 'a.example' };
    expect(await askTcp(at(url, { tls })).result).toMatchObject({ isGood: false, isRefused: false });
  });

  it('can be called off', async () => {
    const check = askTcp(at(await aBlackHole(), { timeout: 60_000 }));
    check.cancel();
    expect(await check.result).toMatchObject({ isGood: false });
  });
});
