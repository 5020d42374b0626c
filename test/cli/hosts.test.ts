import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addHosts, listHosts, removeHost } from '../../src/cli/hosts.ts';
import type { HostsPart } from '../../src/control/views/views.ts';
import { aHostView } from '../control/fake-views.ts';
import { writtenBy } from './asked-proxy.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-hosts-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** What was asked of the hosts of a proxy. */
const someHosts = () => {
  const asked: unknown[] = [];
  const hosts: HostsPart = {
    list: () => [aHostView(), aHostView({ name: 'evil\u001b[31m', aliases: [], default: true, from: 'api' })],
    put: async (name, body) => {
      asked.push(['put', name, body]);
      return aHostView({ name });
    },
    remove: async (name) => {
      asked.push(['remove', name]);
      if (name === 'config.example') return { code: 'refused', message: 'it stands in the configuration' };
      return aHostView({ name });
    },
  };
  return { asked, hosts };
};

const fileWith = async (text: string): Promise<string> => {
  const file = join(folder, 'host.yaml');
  await writeFile(file, text);
  return file;
};

describe('forehand hosts', () => {
  it('lists hosts, and never hands a terminal what a stranger wrote for it', async () => {
    const text = await writtenBy({ hosts: someHosts().hosts }, (admin) => listHosts({ admin }));
    const [head, first, second] = text.split('\n');
    expect(head?.split(/ {2,}/)).toEqual(['host', 'aliases', 'default', 'from', 'locations']);
    expect(first?.split(/ {2,}/)).toEqual(['shop.example', 'www.shop.example', '-', 'config', '0']);
    expect(second).toMatch(/ - +yes +api +0$/);
    expect(text).not.toContain('\u001b');
  });

  it('lists them as the API does', async () => {
    const { hosts } = someHosts();
    const text = await writtenBy({ hosts }, (admin) => listHosts({ admin, json: true }));
    expect(JSON.parse(text)).toEqual(hosts.list());
  });

  it('adds the host of a file', async () => {
    const { asked, hosts } = someHosts();
    const file = await fileWith('name: new.example\nlocations:\n  - { path: /, pool: web }\n');
    const said = await writtenBy({ hosts }, (admin) => addHosts(file, { admin }));
    const body = { name: 'new.example', locations: [{ path: '/', pool: 'web' }] };
    expect(asked).toEqual([['put', 'new.example', body]]);
    expect(said).toBe('new.example is served\n');
  });

  it('adds several of one file, and replaces one where that is said', async () => {
    const { asked, hosts } = someHosts();
    const file = await fileWith('[{ "name": "a.example" }, { "name": "shop.example", "pool": "web" }]');
    await writtenBy({ hosts }, (admin) => addHosts(file, { admin, replace: true }));
    expect(asked.map((one) => (one as string[])[1])).toEqual(['a.example', 'shop.example']);
    const adding = writtenBy({ hosts }, (admin) => addHosts(file, { admin }));
    await expect(adding).rejects.toThrow(
      'hosts: there is a host "shop.example" already; PUT (forehand hosts add --replace) replaces it',
    );
  });

  it.each([
    ['pool: web', /host\.yaml: expected a host as in the configuration, with its `name`/],
    ['- { name: a.example }\n- 7', /host\.yaml: entry 2: expected a host/],
    ['a: [', /host\.yaml: line \d+: /],
  ])('does not add %j', async (text, message) => {
    const { asked, hosts } = someHosts();
    const file = await fileWith(text);
    await expect(writtenBy({ hosts }, (admin) => addHosts(file, { admin }))).rejects.toThrow(message);
    expect(asked).toEqual([]);
  });

  it('takes a host away, or says why not', async () => {
    const { asked, hosts } = someHosts();
    const said = await writtenBy({ hosts }, (admin) => removeHost('a/b.example', { admin }));
    expect(asked).toEqual([['remove', 'a/b.example']]);
    expect(said).toBe('a/b.example is served no more\n');
    const refused = writtenBy({ hosts }, (admin) => removeHost('config.example', { admin }));
    await expect(refused).rejects.toThrow('hosts: it stands in the configuration');
  });
});
