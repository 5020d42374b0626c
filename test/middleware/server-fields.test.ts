import { describe, expect, it } from 'vitest';
import { aDoor } from '../support/a-door.ts';
import { aLink } from '../support/an-application.ts';
import { startBackend } from '../support/start-backend.ts';

const all = aLink('all', (servers) => servers);

describe('an answer that is to say who gave it', () => {
  it('has our Server-Timing behind that of the server, and no X-Forehand-Server but ours', async () => {
    const backend = await startBackend((_req, res) => {
      res.setHeader('server-timing', ['db;dur=5', 'cache;desc="hit"']).setHeader('x-forehand-server', 'x');
      res.end('ok');
    });
    const { url } = await aDoor({ servers: { a: backend.url }, links: [all], exposeServer: true });
    const { headers } = await fetch(url);
    expect(headers.get('server-timing')).toBe('db;dur=5, cache;desc="hit", forehand;desc="all 1>1"');
    expect(headers.get('x-forehand-server')).toBe('a');
  });

  it('has our Server-Timing alone where the server says none', async () => {
    const { url: server } = await startBackend();
    const { url } = await aDoor({ servers: { a: server }, links: [all], exposeServer: true });
    expect((await fetch(url)).headers.get('server-timing')).toBe('forehand;desc="all 1>1"');
  });

  it('otherwise has what the server says, and nothing of ours', async () => {
    const backend = await startBackend((_req, res) => void res.setHeader('Server-Timing', 'db').end('ok'));
    const { url } = await aDoor({ servers: { a: backend.url }, links: [all] });
    const { headers } = await fetch(url);
    expect(headers.get('server-timing')).toBe('db');
    expect(headers.has('x-forehand-server')).toBe(false);
  });
});
