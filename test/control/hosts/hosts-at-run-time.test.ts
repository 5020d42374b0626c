import { describe, expect, it } from 'vitest';
import { HostsAtRunTime } from '../../../src/control/hosts/hosts-at-run-time.ts';
import { aDataPlane, type TestPlane } from '../../support/a-data-plane.ts';
import { askRaw } from '../../support/raw-client.ts';
import { startBackend } from '../../support/start-backend.ts';

interface World extends TestPlane {
  readonly hosts: HostsAtRunTime;
  /** Status and content of the answer to a request for a host. */
  ask(host: string, path?: string): Promise<string>;
}

const aWorld = async (more: object = {}): Promise<World> => {
  const { url } = await startBackend((_, res) => void res.end('server'));
  const made = await aDataPlane(() => ({ pools: { web: { servers: [url] } }, ...more }));
  const ask = async (host: string, path = '/'): Promise<string> => {
    const text = await askRaw(
      made.port(),
      `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    );
    return `${text.slice(9, 12)} ${text.slice(text.indexOf('\r\n\r\n') + 4)}`;
  };
  return { ...made, hosts: new HostsAtRunTime(made.instance), ask };
};

const saying = (body: string) => ({ respond: { body } });

describe('hosts at run time', () => {
  it('are at work when their addition is answered, and gone when their removal is', async () => {
    const { hosts, ask } = await aWorld();
    expect(await ask('new.example')).toBe('200 server');
    expect(await hosts.put('New.example', { ...saying('new'), aliases: ['www.new.example'] })).toEqual({
      name: 'new.example',
      aliases: ['www.new.example'],
      default: false,
      from: 'api',
      locations: [{ path: '/', respond: { status: 200, body: 'new', headers: {} } }],
    });
    expect(await ask('www.new.example')).toBe('200 new');
    expect(await ask('other.example')).toBe('200 server');
    expect(await hosts.put('new.example', saying('newer'))).toMatchObject({ aliases: [] });
    expect(await ask('new.example')).toBe('200 newer');
    expect(await hosts.remove('new.example')).toMatchObject({ name: 'new.example', from: 'api' });
    expect(await ask('new.example')).toBe('200 server');
    expect(hosts.list()).toEqual([]);
  });

  it('lie over those of the files, which are there again when they go, and can hide them', async () => {
    const { hosts, ask } = await aWorld({ hosts: { 'a.example': saying('file'), 'b.example': saying('b') } });
    await hosts.put('a.example', saying('api'));
    expect(await ask('a.example')).toBe('200 api');
    expect(hosts.list().map(({ name, from }) => `${name} ${from}`)).toEqual([
      'b.example config',
      'a.example api',
    ]);
    await hosts.remove('a.example');
    expect(await ask('a.example')).toBe('200 file');
    await hosts.remove('a.example');
    expect(await ask('a.example')).toMatch(/^404 /);
    expect(await hosts.remove('a.example')).toEqual({
      code: 'unknown',
      message: 'there is no host "a.example"',
    });
    await hosts.put('a.example', saying('back'));
    expect(await ask('a.example')).toBe('200 back');
    expect(await ask('b.example')).toBe('200 b');
  });

  it('are refused with their place and change nothing, while good ones that came with them are taken', async () => {
    const { hosts, ask } = await aWorld();
    const [first, bad, last] = await Promise.all([
      hosts.put('a.example', saying('a')),
      hosts.put('b.example', { respond: { body: 'b', statsu: 200 } }),
      hosts.put('c.example', saying('c')),
    ]);
    expect([first, last]).toMatchObject([{ name: 'a.example' }, { name: 'c.example' }]);
    expect(bad).toMatchObject({ code: 'refused' });
    expect('message' in bad && bad.message).toMatch(
      /host b\.example \(api\):4:5: error: unknown key `statsu`[\s\S]*did you mean `status`\?/,
    );
    expect(await ask('b.example')).toBe('200 server');
    expect(await ask('c.example')).toBe('200 c');
  });

  it.each([
    ['a name that is none', 'a b', saying('x'), 'expected a host such as www.example.com'],
    ['a body that is no mapping', 'x.example', [1], 'expected a mapping'],
    ['a pool that is not there', 'x.example', { pool: 'wbe' }, 'did you mean `web`?'],
    ['a name that another host has', 'x.example', { ...saying('x'), aliases: ['old.example'] }, 'is one of'],
    [
      'a file that lies elsewhere',
      'x.example',
      { respond: { bodyFile: '/etc/passwd' } },
      'below the folder of the configuration only',
    ],
    ['a script that lies elsewhere', 'x.example', { pool: 'web', chain: ['../x.ts'] }, 'below the folder'],
  ])('refuse %s', async (_, name, body, message) => {
    const { hosts } = await aWorld({ hosts: [{ name: 'old.example', ...saying('old') }] });
    const answer = await hosts.put(name, body);
    expect(answer).toMatchObject({ code: 'refused' });
    expect('message' in answer && answer.message).toContain(message);
    expect(hosts.list()).toHaveLength(1);
  });

  it('outlive a reload of the files', async () => {
    const { hosts, ask, instance } = await aWorld();
    await hosts.put('a.example', saying('a'));
    expect(await instance.reload()).toMatchObject({ ok: true });
    expect(await ask('a.example')).toBe('200 a');
  });

  it('are put to work together where they come together', async () => {
    const { hosts, instance } = await aWorld();
    const before = instance.status.reloads.ok;
    const names = Array.from({ length: 20 }, (_, i) => `h${i}.example`);
    await Promise.all(names.map((name) => hosts.put(name, saying(name))));
    expect(hosts.list()).toHaveLength(20);
    expect(instance.status.reloads.ok - before).toBeLessThan(5);
  });
});
