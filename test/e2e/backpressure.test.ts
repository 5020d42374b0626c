import { describe, expect, it } from 'vitest';
import { aDoor } from '../support/a-door.ts';
import { eventually } from '../support/eventually.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startRawBackend } from '../support/start-backend.ts';

describe('backpressure', () => {
  it('a client that does not read stops the server: at most 16 MB of 100 leave it', async () => {
    const piece = Buffer.alloc(65_536);
    let sent = 0;
    const backend = await startRawBackend((socket) => {
      const more = (): void => {
        while (sent < 100_000_000) {
          sent += piece.length;
          if (!socket.write(piece)) return;
        }
      };
      socket.on('drain', more).once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n');
        more();
      });
    });
    const { port } = await aDoor({ servers: { a: backend.url } });
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.hears(/200 OK/);
    client.socket.pause();
    let before = -1;
    await eventually(async () => {
      const still = sent === before;
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return still;
    });
    expect(sent).toBeLessThan(16_000_000);
  });

  it('a server that does not read stops the client', async () => {
    const backend = await startRawBackend((socket) => void socket.pause());
    const { port } = await aDoor({ servers: { a: backend.url } });
    const client = await connectRaw(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n');
    const piece = Buffer.alloc(65_536);
    let taken = 0;
    const more = (): void => {
      while (taken < 100_000_000) {
        taken += piece.length;
        if (!client.socket.write(piece)) return;
      }
    };
    client.socket.on('drain', more);
    more();
    let before = -1;
    await eventually(async () => {
      const still = taken === before;
      before = taken;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return still;
    });
    expect(taken).toBeLessThan(16_000_000);
  });

  it('an answer before the whole body frees the server, and ends the connection of the client without a reset', async () => {
    const backend = await startRawBackend((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n'));
      socket.once('end', () => socket.end());
    });
    const { port, settled } = await aDoor({ servers: { a: backend.url } });
    const client = await connectRaw(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\nbegin');
    expect(await client.hears(/401 No[\s\S]*\r\n\r\n/)).toMatch(/Connection: close/i);
    await settled();
    await eventually(() => backend.open === 0, 'the connection that waits for the body is closed');
    expect((await client.closed()).reset).toBe(false);
  });
});
