import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Instance } from '../../src/control/instance.ts';
import { instanceParts } from '../../src/control/instance-parts.ts';
import { silentLog } from '../../src/control/logs/log.ts';
import { processClock } from '../../src/control/run-clock.ts';
import type { EventView } from '../../src/control/views/views.ts';
import { Heartbeat } from '../../src/script/heartbeat.ts';
import { eventually } from '../support/eventually.ts';
import { aServerView } from './fake-views.ts';

let folder: string;
let file: string;
const started: Instance[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
  file = join(folder, 'forehand.yaml');
});
afterEach(async () => {
  for (const instance of started.splice(0)) await instance.close();
  await rm(folder, { recursive: true });
});

const start = async (text: string) => {
  await writeFile(file, text);
  const instance = await Instance.start({
    source: { file },
    env: {},
    log: silentLog,
    clock: processClock,
    seed: 1,
    watch: false,
    heartbeat: new Heartbeat(),
  });
  started.push(instance);
  const counts = () => instance.counts.take(processClock.now());
  return {
    instance,
    parts: instanceParts(instance, { servers: () => [aServerView()], counts }, () => () => undefined),
  };
};

const TEXT = 'pools: { web: { servers: ["http://127.0.0.1:3001"] }, api: { accept: ["127.0.0.0/8"] } }\n';
const ROUTES = 'routes: [{ name: all, pool: web }, { name: api, path: /api/, pool: api, methods: [GET] }]\n';

describe('what the admin listener shows of a configuration', () => {
  it('are its pools, those without servers too, in its order', async () => {
    const { parts } = await start(TEXT + ROUTES);
    expect(parts.pools().map(({ name, servers, state }) => [name, servers, state])).toEqual([
      ['web', 1, 'ready'],
      ['api', 0, 'down'],
    ]);
    expect(parts.pools([])[0]).toMatchObject({ name: 'web', servers: 0 });
  });

  it('are its routes', async () => {
    const { parts } = await start(TEXT + ROUTES);
    expect(parts.routes()).toEqual([
      { name: 'all', host: null, path: null, methods: null, pool: 'web', chain: 'web' },
      { name: 'api', host: null, path: '/api/', methods: ['GET'], pool: 'api', chain: 'api' },
    ]);
  });

  it('is its text with the sum of it, the same until there is another one', async () => {
    const { parts } = await start(TEXT + ROUTES);
    const before = parts.config();
    expect(before.file).toBe(file);
    expect(before.yaml).toContain('pools:\n  web:\n');
    expect(before.sha256).toMatch(/^[0-9a-f]{64}$/);
    await parts.reload();
    expect(parts.config()).toEqual(before);
    await writeFile(file, `${TEXT}${ROUTES}via: false\n`);
    await parts.reload();
    expect(parts.config().yaml).toContain('via: false\n');
    expect(parts.config().sha256).not.toBe(before.sha256);
  });

  it('are events and changes of states, to those who follow, until they stop', async () => {
    const { instance, parts } = await start(TEXT + ROUTES);
    const events: EventView[] = [];
    let changes = 0;
    const stop = parts.follow({ event: (event) => events.push(event), changed: () => (changes += 1) });
    instance.events.add('test', 'something happened');
    expect(events).toMatchObject([{ kind: 'test', message: 'something happened' }]);
    instance.board.setHand('web', '127.0.0.1:3001', { state: 'maint', reason: '' });
    await eventually(() => changes === 1);
    stop();
    instance.events.add('test', 'something else');
    expect(events).toHaveLength(1);
  });
});

describe('a reload that is only tried', () => {
  const tried = async (text: string) => {
    const { instance, parts } = await start(TEXT + ROUTES);
    const [model, status] = [instance.model, instance.status];
    await writeFile(file, text);
    const result = await parts.tryReload();
    expect(instance.model).toBe(model);
    expect(instance.status).toBe(status);
    expect(parts.events(10)).toEqual([]);
    return result;
  };

  it('says that it would be taken, and which keys would wait', async () => {
    expect(await tried(`${TEXT}${ROUTES}admin: "127.0.0.1:9191"\n`)).toEqual({
      ok: true,
      text: '',
      ignored: ['admin'],
    });
  });

  it('says what is wrong, with its place', async () => {
    const { ok, text } = await tried('pools: { web: { servrs: [] } }\n');
    expect(ok).toBe(false);
    expect(text).toMatch(/forehand\.yaml:1:/);
    expect(text).toContain('servers');
  });

  it('says what users’ functions do wrong, without touching those in use', async () => {
    await writeFile(join(folder, 'bad.ts'), 'export default 7;\n');
    const { ok, text } = await tried(`${TEXT.replace('web: {', 'web: { chain: [./bad.ts],')}${ROUTES}`);
    expect(ok).toBe(false);
    expect(text).toContain('bad.ts');
  });

  it('says that the file is gone', async () => {
    const { parts } = await start(TEXT + ROUTES);
    await rm(file);
    expect(await parts.tryReload()).toMatchObject({ ok: false, ignored: [] });
  });
});
