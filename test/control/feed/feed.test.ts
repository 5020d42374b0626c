import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { MOST_VIEWERS } from '../../../src/control/feed/feed.ts';
import type { FeedHeard } from '../../../src/control/views/admin-parts.ts';
import type { AdminParts } from '../../../src/control/views/views.ts';
import { eventually } from '../../support/eventually.ts';
import { type RunningAdmin, startAdmin } from '../admin-client.ts';
import { aDecisionView, aServerView } from '../fake-views.ts';
import { FeedClient } from './feed-client.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** An admin listener whose feed a test feeds. */
interface Fed {
  readonly admin: RunningAdmin;
  /** Those who follow what happens. */
  readonly following: Set<FeedHeard>;
  made(): number;
  watch(headers?: Readonly<Record<string, string>>): FeedClient;
}

const aFeed = async (parts: Partial<AdminParts> = {}): Promise<Fed> => {
  const following = new Set<FeedHeard>();
  let made = 0;
  const admin = await startAdmin({
    parts: {
      follow: (heard) => {
        following.add(heard);
        return () => void following.delete(heard);
      },
      servers: () => {
        made += 1;
        return [aServerView({ forwarded: made })];
      },
      ...parts,
    },
  });
  open.push(admin);
  const watch = (headers = {}): FeedClient => {
    const client = new FeedClient(`${admin.url}/api/v1/events`, headers);
    open.push(client);
    return client;
  };
  return { admin, following, made: () => made, watch };
};

const snapshots = (client: FeedClient, atLeast: number): Promise<void> =>
  eventually(() => client.named('snapshot').length >= atLeast, `${atLeast} snapshots`);

describe('a feed', () => {
  it('shows everything at once, says how soon to come again, and numbers what it shows', async () => {
    const client = (await aFeed()).watch();
    await snapshots(client, 1);
    expect(client.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      vary: 'accept, accept-encoding',
    });
    expect(client.retry).toBe(1000);
    expect(client.named('snapshot')[0]?.id).toBe('1');
    expect(client.last).toMatchObject({
      version: '0.1.0',
      servers: [{ id: 'web-1' }],
      pools: [{ name: 'web' }],
      chains: [{ name: 'default' }],
      traffic: { seconds: [] },
      events: [{ kind: 'node_joined' }],
      config: { lastResult: 'ok' },
    });
  });

  it('shows it again every second', async () => {
    const client = (await aFeed()).watch();
    await snapshots(client, 3);
    const [first, second, third] = client.named('snapshot');
    expect(third!.at - second!.at).toBeGreaterThan(500);
    expect([first, second, third].map((message) => message?.id)).toEqual(['1', '2', '3']);
  });

  it('shows a change of state without waiting for the next second, and an event as it is', async () => {
    const { watch, following } = await aFeed();
    const client = watch();
    await snapshots(client, 1);
    const [heard] = following;
    const event = { at: 1, kind: 'server_down', message: 'web-1\nis down' };
    const before = client.named('snapshot').length;
    heard?.event(event);
    for (let i = 0; i < 5; i++) heard?.changed();
    await eventually(() => client.named('snapshot').length >= before + 5);
    expect(client.named('event').map(({ data }) => JSON.parse(data))).toEqual([event]);
  });

  it('makes nothing and follows nothing while nobody watches', async () => {
    const { admin, watch, following, made } = await aFeed();
    expect(following.size).toBe(0);
    const [one, other] = [watch(), watch()];
    await snapshots(one, 1);
    await snapshots(other, 1);
    expect(following.size).toBe(1);
    one.close();
    other.close();
    await eventually(() => following.size === 0);
    const before = made();
    await admin.ask('/livez');
    expect(made()).toBe(before);
    await snapshots(watch(), 1);
    expect(made()).toBe(before + 1);
  });

  it('makes one snapshot for all who watch', async () => {
    const { watch, made } = await aFeed();
    const clients = Array.from({ length: 20 }, () => watch());
    for (const client of clients) await snapshots(client, 1);
    expect(made()).toBeLessThan(10);
    expect(new Set(clients.map((client) => client.named('snapshot')[0]?.id)).size).toBeLessThan(10);
  });

  it('packs the same messages for those who take gzip', async () => {
    const { watch, following } = await aFeed();
    const [packed, plain] = [
      watch({ 'accept-encoding': 'br, gzip' }),
      watch({ 'accept-encoding': 'gzip;q=0' }),
    ];
    await snapshots(packed, 1);
    await snapshots(plain, 1);
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(plain.headers['content-encoding']).toBeUndefined();
    for (const heard of following) heard.event({ at: 1, kind: 'x', message: 'ü' });
    await eventually(() => packed.named('event').length === 1 && plain.named('event').length === 1);
    await snapshots(packed, 2);
    expect(packed.named('event')[0]?.data).toBe(plain.named('event')[0]?.data);
    expect(packed.last.version).toBe('0.1.0');
  });

  it.each([
    ['/api/v1/events?n=7', '*/*'],
    ['/api/v1/events', 'application/json'],
    ['/api/v1/events', 'application/json, text/plain, */*'],
    ['/api/v1/events', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ])('is a list of events where somebody asks %s for %s', async (path, accept) => {
    const { admin } = await aFeed();
    const { text, headers } = await admin.ask(path, { headers: { accept } });
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(text)).toHaveLength(1);
  });

  it.each(['*/*', '*/*;q=0.8', 'Text/Event-Stream, */*'])('is a feed for who takes %s', async (accept) => {
    const { watch } = await aFeed();
    const client = watch({ accept });
    await snapshots(client, 1);
    expect(client.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  });

  it('is a feed for who says nothing of what it takes, and answers HEAD as a list', async () => {
    const { admin, following } = await aFeed();
    const silent = connect(admin.port, '127.0.0.1');
    open.push({ close: () => silent.destroy() });
    silent.write('GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [head] = await once(silent, 'data');
    expect(String(head)).toMatch(/^content-type: text\/event-stream/im);
    expect(following.size).toBe(1);
    const { headers } = await admin.ask('/api/v1/events', {
      method: 'HEAD',
      headers: { accept: 'text/event-stream' },
    });
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('names few of the servers that a decision passed over, however many there were', async () => {
    const names = Array.from({ length: 50 }, (_, i) => `s${i}`);
    const dropped = names.map((id) => ({ id, reason: 'not among the first 8' }));
    const decision = aDecisionView({
      ranked: names,
      steps: [{ name: 'sample', before: 58, after: 8, dropped, us: 1 }],
    });
    const client = (await aFeed({ decisions: () => [decision] })).watch();
    await snapshots(client, 1);
    const [shown] = client.last.decisions;
    expect(shown?.ranked).toHaveLength(10);
    expect(shown?.steps[0]).toMatchObject({ before: 58, after: 8 });
    expect(shown?.steps[0]?.dropped).toHaveLength(10);
  });

  it('ends with its listener', async () => {
    const { admin, watch, following } = await aFeed();
    const client = watch();
    await snapshots(client, 1);
    await admin.close();
    await eventually(() => client.ended && following.size === 0);
  });

  it('goes on for longer than other answers may take', async () => {
    const admin = await startAdmin({ limits: { idleTimeout: 50, requestTimeout: 50, headersTimeout: 50 } });
    open.push(admin);
    const client = new FeedClient(`${admin.url}/api/v1/events`);
    open.push(client);
    await snapshots(client, 3);
    expect(client.ended).toBe(false);
  });
});

describe('the limits of a feed', () => {
  it('turns away the one who is too many, and takes another when one has gone', async () => {
    const { admin, watch } = await aFeed();
    const clients = Array.from({ length: MOST_VIEWERS }, () => watch());
    for (const client of clients) await snapshots(client, 1);
    const headers = { accept: 'text/event-stream' };
    const { status, text } = await admin.ask('/api/v1/events', { headers });
    expect(status).toBe(503);
    expect(JSON.parse(text).error.code).toBe('full');
    clients[0]?.close();
    await eventually(async () => {
      const next = watch();
      await eventually(() => next.status !== 0);
      return next.status === 200;
    });
  });

  it('does not let somebody who does not read hold up the others', async () => {
    const padding = 'x'.repeat(2_000_000);
    const servers = () => [aServerView({ reason: padding, state: 'down' })];
    const { admin, watch, following } = await aFeed({ servers });
    const sleeper = connect(admin.port, '127.0.0.1');
    open.push({ close: () => sleeper.destroy() });
    sleeper.on('error', () => undefined);
    sleeper.write('GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n');
    await once(sleeper, 'readable');
    const reader = watch();
    await snapshots(reader, 1);
    for (let i = 0; i < 10; i++) {
      const before = reader.named('snapshot').length;
      for (const heard of following) heard.changed();
      await snapshots(reader, before + 1);
    }
  });
});
