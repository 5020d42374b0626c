import { afterEach, describe, expect, it } from 'vitest';
import type { HandOrder } from '../../../src/control/hands.ts';
import type { AdminParts } from '../../../src/control/views/views.ts';
import { jsonPost, type RunningAdmin, startAdmin } from '../admin-client.ts';
import { aPoolView, aServerView } from '../fake-views.ts';

const open: RunningAdmin[] = [];
afterEach(async () => {
  for (const admin of open.splice(0)) await admin.close();
});

const anAdmin = async (parts: Partial<AdminParts> = {}): Promise<RunningAdmin> => {
  const admin = await startAdmin({ parts });
  open.push(admin);
  return admin;
};

const servers = () => [
  aServerView({ id: 'web-1' }),
  aServerView({ id: '10.0.0.7:8080' }),
  aServerView({ id: 'a/b %41', pool: 'odd' }),
  aServerView({ id: 'set', pool: 'odd' }),
  aServerView({ id: 'both', pool: 'web' }),
  aServerView({ id: 'both', pool: 'odd' }),
];

interface Said {
  readonly status: number;
  readonly value: {
    readonly id?: string;
    readonly error?: { readonly code: string; readonly message: string };
  };
}

const asked = async (path: string): Promise<Said> => {
  const { status, text } = await (await anAdmin({ servers })).ask(path);
  return { status, value: JSON.parse(text) };
};

describe('one server', () => {
  it.each([
    ['web-1', 'web-1'],
    ['10.0.0.7:8080', '10.0.0.7:8080'],
    ['10.0.0.7%3A8080', '10.0.0.7:8080'],
    ['a%2Fb%20%2541', 'a/b %41'],
    ['set', 'set'],
    ['both?pool=odd', 'both'],
  ])('is found at %s', async (path, id) => {
    const { status, value } = await asked(`/api/v1/servers/${path}`);
    expect(status).toBe(200);
    expect(value.id).toBe(id);
  });

  it('is what the list has of it', async () => {
    expect((await asked('/api/v1/servers/web-1')).value).toEqual(servers()[0]);
  });

  it('is not found with the name that was meant', async () => {
    const { status, value } = await asked('/api/v1/servers/wbe-1');
    expect(status).toBe(404);
    expect(value.error).toEqual({
      code: 'unknown',
      message: 'there is no server "wbe-1"; did you mean `web-1`?',
    });
  });

  it('is not found in a pool that has it not', async () => {
    const { status, value } = await asked('/api/v1/servers/web-1?pool=wev');
    expect(status).toBe(404);
    expect(value.error?.message).toBe('there is no pool "wev"; did you mean `web`?');
    expect((await asked('/api/v1/servers/web-1?pool=odd')).value.error?.code).toBe('unknown');
  });

  it('is asked for with its pool where several have one of that id', async () => {
    const { status, value } = await asked('/api/v1/servers/both');
    expect(status).toBe(409);
    expect(value.error).toEqual({
      code: 'ambiguous',
      message: 'the pools web, odd each have a server "both"; say ?pool= which',
    });
  });

  it.each([
    '/api/v1/servers/%',
    '/api/v1/servers/%ff',
    '/api/v1/servers/',
    '/api/v1/servers/a/b',
    '/api/v1/servers/{id}/x',
  ])('%s is nowhere', async (path) => {
    const { status, value } = await asked(path);
    expect(status).toBe(404);
    expect(value.error?.code).toBe('not_found');
  });

  it('is asked of the workers anew', async () => {
    let looks = 0;
    const look = async (): Promise<void> => {
      looks += 1;
    };
    const admin = await anAdmin({ servers, look });
    for (const path of ['servers/web-1', 'pools', 'pools/web', 'traffic']) await admin.ask(`/api/v1/${path}`);
    expect(looks).toBe(4);
  });
});

describe('setting the state of a server', () => {
  const ordered = async (path: string, body: unknown) => {
    const orders: HandOrder[] = [];
    const admin = await anAdmin({
      setServer: async (order) => {
        orders.push(order);
        return aServerView({ id: order.server });
      },
    });
    const { status, text } = await admin.ask(path, jsonPost(body));
    return { orders, status, value: JSON.parse(text) };
  };

  it('orders what setting it by its id in the body orders', async () => {
    const change = { state: 'drain', pool: 'web', for: '10m', reason: 'new disk', weight: 0.5 };
    const { orders, status, value } = await ordered('/api/v1/servers/10.0.0.7%3A8080/state', change);
    const { for: _, ...rest } = change;
    expect(status).toBe(200);
    expect(value.id).toBe('10.0.0.7:8080');
    expect(orders).toEqual([{ ...rest, server: '10.0.0.7:8080', forMs: 600_000 }]);
    const older = await ordered('/api/v1/servers/set', { ...change, server: '10.0.0.7:8080' });
    expect(older.orders).toEqual(orders);
  });

  it.each([
    {},
    { state: 'gone' },
    { state: 'drain', server: 'web-1' },
    { weight: -1 },
    { state: 'maint', for: '0s' },
  ])('refuses %j', async (body) => {
    const { orders, status, value } = await ordered('/api/v1/servers/web-1/state', body);
    expect(status).toBe(400);
    expect(value.error?.code).toBe('bad_set');
    expect(orders).toEqual([]);
  });

  it.each([
    ['maintenance', 'maint'],
    ['draining', 'drain'],
    ['up', 'ready'],
  ])('takes %s for %s', async (state, meant) => {
    const { orders } = await ordered('/api/v1/servers/web-1/state', { state });
    expect(orders).toEqual([{ server: 'web-1', state: meant }]);
  });

  it('takes null for what is left out', async () => {
    const body = { state: 'drain', for: null, reason: null };
    const { orders } = await ordered('/api/v1/servers/web-1/state', body);
    expect(orders).toEqual([{ server: 'web-1', state: 'drain' }]);
  });

  it('says what a hand can set, and what comes nearest to down', async () => {
    const { value } = await ordered('/api/v1/servers/web-1/state', { state: 'down' });
    expect(value.error?.message).toBe(
      'state: expected `ready`, `drain` or `maint`, got "down"; `maint` keeps all requests away',
    );
  });

  it('takes POST alone', async () => {
    const { status, headers } = await (await anAdmin()).ask('/api/v1/servers/web-1/state');
    expect(status).toBe(405);
    expect(headers.allow).toBe('POST');
    expect((await (await anAdmin()).ask('/api/v1/servers/set', { method: 'PUT' })).headers.allow).toBe(
      'POST, GET, HEAD',
    );
  });

  it('is not for pages of others', async () => {
    const admin = await anAdmin();
    const evil = jsonPost({ state: 'maint' }, { origin: 'http://evil.example' });
    expect((await admin.ask('/api/v1/servers/web-1/state', evil)).status).toBe(403);
  });
});

describe('pools', () => {
  const pools = () => [aPoolView(), aPoolView({ name: 'a b', state: 'down', p99Ms: null })];

  it('are listed, and found by their names', async () => {
    const admin = await anAdmin({ pools });
    expect(JSON.parse((await admin.ask('/api/v1/pools')).text)).toEqual(pools());
    expect(JSON.parse((await admin.ask('/api/v1/pools/a%20b')).text)).toEqual(pools()[1]);
  });

  it('are not found with the name that was meant', async () => {
    const { status, text } = await (await anAdmin({ pools })).ask('/api/v1/pools/wbe');
    expect(status).toBe(404);
    expect(JSON.parse(text).error.message).toBe('there is no pool "wbe"; did you mean `web`?');
  });
});
