import { afterEach, describe, expect, it } from 'vitest';
import type { HostsPart, HostView } from '../../../src/control/views/views.ts';
import { jsonPost, type RunningAdmin, startAdmin, type TestAnswer } from '../admin-client.ts';
import { aHostView } from '../fake-views.ts';

const open: RunningAdmin[] = [];
afterEach(async () => {
  for (const admin of open.splice(0)) await admin.close();
});

/** Hosts as a proxy keeps them, without what it would do with them. */
class FakeHosts implements HostsPart {
  readonly all = new Map<string, HostView>([
    ['shop.example', aHostView()],
    ['api.example', aHostView({ name: 'api.example', aliases: [], from: 'api' })],
  ]);
  readonly bodies: unknown[] = [];

  list() {
    return [...this.all.values()];
  }
  async put(name: string, body: unknown) {
    if (name === 'bad.example') return { code: 'refused', message: 'locations: expected a list' } as const;
    this.bodies.push(body);
    const host = aHostView({ name, from: 'api' });
    this.all.set(name, host);
    return host;
  }
  async remove(name: string) {
    const host = this.all.get(name);
    if (!host) return { code: 'unknown', message: `there is no host "${name}"` } as const;
    this.all.delete(name);
    return host;
  }
}

const asking = async (hosts: HostsPart | undefined, path: string, method = 'GET', body?: unknown) => {
  const admin = await startAdmin({ parts: hosts ? { hosts } : {} });
  open.push(admin);
  const asked = body === undefined && method === 'GET' ? {} : { ...jsonPost(body ?? ''), method };
  const answer: TestAnswer = await admin.ask(path, asked);
  return { status: answer.status, value: JSON.parse(answer.text) };
};

const HOSTS = '/api/v1/hosts';

describe('virtual hosts', () => {
  it('are listed', async () => {
    const hosts = new FakeHosts();
    expect((await asking(hosts, HOSTS)).value).toEqual(hosts.list());
  });

  it.each([
    ['shop.example', 'shop.example'],
    ['SHOP.example', 'shop.example'],
    ['www.shop.example', 'shop.example'],
  ])('are found at %s', async (path, name) => {
    expect((await asking(new FakeHosts(), `${HOSTS}/${path}`)).value.name).toBe(name);
  });

  it('are not found with the name that was meant', async () => {
    const { status, value } = await asking(new FakeHosts(), `${HOSTS}/shap.example`);
    expect(status).toBe(404);
    expect(value.error.message).toBe('there is no host "shap.example"; did you mean `shop.example`?');
  });

  it('are not taken from a body so deep that looking at it would run out of stack', async () => {
    const body = (depth: number) => `{"pool":"web","x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    for (const depth of [40, 5000, 30_000]) {
      const { status, value } = await asking(new FakeHosts(), `${HOSTS}/new.example`, 'PUT', body(depth));
      expect([status, value.error.code]).toEqual([400, 'bad_json']);
    }
    expect((await asking(new FakeHosts(), `${HOSTS}/new.example`, 'PUT', body(20))).status).toBe(200);
  });

  it('are added, replaced and taken away', async () => {
    const hosts = new FakeHosts();
    const body = { name: 'new.example', pool: 'web' };
    expect((await asking(hosts, HOSTS, 'POST', body)).value).toMatchObject({
      name: 'new.example',
      from: 'api',
    });
    expect((await asking(hosts, `${HOSTS}/new.example`, 'PUT', { pool: 'api' })).status).toBe(200);
    expect(hosts.bodies).toEqual([body, { pool: 'api' }]);
    expect((await asking(hosts, `${HOSTS}/new.example`, 'DELETE')).value.name).toBe('new.example');
    expect(hosts.all.has('new.example')).toBe(false);
    expect((await asking(hosts, `${HOSTS}/new.example`, 'DELETE')).status).toBe(404);
  });

  it('are taken away by a request without a body, but not by pages of others', async () => {
    const hosts = new FakeHosts();
    const admin = await startAdmin({ parts: { hosts } });
    open.push(admin);
    const evil = { method: 'DELETE', headers: { origin: 'http://evil.example' } };
    expect((await admin.ask(`${HOSTS}/api.example`, evil)).status).toBe(403);
    expect((await admin.ask(`${HOSTS}/api.example`, { method: 'DELETE' })).status).toBe(200);
    expect([...hosts.all.keys()]).toEqual(['shop.example']);
  });

  it('are not added over another', async () => {
    const { status, value } = await asking(new FakeHosts(), HOSTS, 'POST', { name: 'Shop.example' });
    expect(status).toBe(409);
    expect(value.error).toEqual({
      code: 'refused',
      message: 'there is a host "Shop.example" already; PUT (forehand hosts add --replace) replaces it',
    });
  });

  it('are refused with the reason', async () => {
    const { status, value } = await asking(new FakeHosts(), `${HOSTS}/bad.example`, 'PUT', {});
    expect(status).toBe(409);
    expect(value.error).toEqual({ code: 'refused', message: 'locations: expected a list' });
  });

  it.each([
    ['POST', HOSTS, {}, 'name: expected the name of the host'],
    ['POST', HOSTS, [], 'Invalid input: expected object, received array'],
    ['PUT', `${HOSTS}/a.example`, { name: 'b.example' }, 'name: the path says "a.example"'],
  ])('%s %s does not take %j', async (method, path, body, message) => {
    const { status, value } = await asking(new FakeHosts(), path, method, body);
    expect(status).toBe(400);
    expect(value.error).toEqual({ code: 'bad_question', message });
  });

  it.each([
    ['GET', HOSTS],
    ['POST', HOSTS],
    ['GET', `${HOSTS}/a`],
    ['PUT', `${HOSTS}/a`],
    ['DELETE', `${HOSTS}/a`],
  ])('%s %s is nowhere where they cannot be changed', async (method, path) => {
    const { status, value } = await asking(
      undefined,
      path,
      method,
      method === 'POST' || method === 'PUT' ? {} : undefined,
    );
    expect(status).toBe(404);
    expect(value.error.code).toBe('not_found');
  });
});
