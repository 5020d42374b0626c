import { describe, expect, it } from 'vitest';
import { consoleParts } from '../../../src/control/console/console-parts.ts';
import { type ConsoleAnswer, sayWords } from '../../../src/control/console/console-words.ts';
import type { AdminParts } from '../../../src/control/views/views.ts';
import { aPoolView, aServerView, fakeParts } from '../fake-views.ts';

const say = (line: string, parts: Partial<AdminParts> = {}): Promise<ConsoleAnswer> =>
  sayWords(line, consoleParts(fakeParts(parts)));

describe('a word of the console', () => {
  it('shows servers as a table, or as the JSON of the API', async () => {
    const servers = () => [
      aServerView({ id: 'a' }),
      aServerView({ id: 'web-22', weight: 0.5, reason: 'new disk' }),
    ];
    expect(await say('servers', { servers })).toEqual({
      ok: true,
      lines: [
        'pool  server  state  weight  heard  in flight  share  reason',
        'web   a       ready  1       0.4s   2          34%',
        'web   web-22  ready  0.5     0.4s   2          34%    new disk',
      ],
    });
    const { lines } = await say('servers --json', { servers });
    expect(JSON.parse(lines.join(''))).toEqual(servers());
  });

  it('shows pools', async () => {
    expect((await say('pools', { pools: () => [aPoolView()] })).lines).toEqual([
      'pool  state  servers  ready  in flight  requests/s  p99',
      'web   ready  1        1      2          12.5        48.2ms',
    ]);
  });

  it('says how the proxy is, and why it is not ready', async () => {
    const readiness = () => ({
      ready: false,
      checks: [
        { name: 'configuration', ok: true, detail: 'loaded' },
        { name: 'servers', ok: false, detail: '0 usable' },
      ],
    });
    const { lines } = await say('status', { readiness, version: '9.9.9' });
    expect(lines[0]).toBe('version: 9.9.9');
    expect(lines).toContain('ready: no (servers: 0 usable)');
    expect(JSON.parse((await say('status --json', { readiness })).lines.join(''))).toMatchObject({
      ready: false,
    });
  });

  it.each([
    ['drain web-1', { server: 'web-1', state: 'drain' }],
    ['drain  web-1   new   disk ', { server: 'web-1', state: 'drain', reason: 'new disk' }],
    ['maint 10.0.0.1:80', { server: '10.0.0.1:80', state: 'maint' }],
    ['ready web-1', { server: 'web-1', state: 'ready' }],
    ['weight web-1 0.25', { server: 'web-1', weight: 0.25 }],
  ])('sets a server: %s', async (line, order) => {
    const orders: unknown[] = [];
    const answer = await say(line, {
      setServer: async (given) => {
        orders.push(given);
        return aServerView({ id: given.server, state: 'drain', reason: 'by hand' });
      },
    });
    expect(orders).toEqual([order]);
    expect(answer).toEqual({ ok: true, lines: [`${order.server} in pool web is drain: by hand`] });
  });

  it('takes the last events, oldest first', async () => {
    const asked: number[] = [];
    const events = (count: number) => {
      asked.push(count);
      return [
        { at: 2000, kind: 'b', message: 'second\nline' },
        { at: 1000, kind: 'a', message: 'first' },
      ];
    };
    expect((await say('events 2', { events })).lines).toEqual([
      '1970-01-01T00:00:01.000Z  a  first',
      '1970-01-01T00:00:02.000Z  b  second line',
    ]);
    await say('events', { events });
    expect(asked).toEqual([2, 20]);
  });

  it('explains, reloads and ends the proxy', async () => {
    expect((await say('explain /x')).lines).toContain('chosen: web-1');
    const reload = async () => ({ ok: true, text: '', ignored: ['listen'] });
    expect((await say('reload', { reload })).lines).toEqual([
      'waiting for a restart: listen',
      'the new configuration is in use',
    ]);
    let quits = 0;
    const quit = () => {
      quits += 1;
    };
    expect(await say('quit', { quit })).toEqual({ ok: true, lines: ['the proxy ends'], end: true });
    expect(quits).toBe(1);
  });

  it.each([
    ['', 'unknown word ""; help lists all'],
    ['restart', 'unknown word "restart"; help lists all'],
    ['constructor', 'unknown word "constructor"; help lists all'],
    ['drain', 'which server? drain ID'],
    [`drain a ${'x'.repeat(201)}`, 'a reason has at most 200 characters'],
    ['weight a', 'weight ID N'],
    ['weight a much', 'expected a weight from 0 to 256, got "much"'],
    ['weight a -1', 'expected a weight from 0 to 256, got "-1"'],
    ['weight a 1 2', 'weight ID N'],
    ['events 0', 'expected a number of events from 1 to 1000'],
    ['events 1e9', 'expected a number of events from 1 to 1000'],
    ['servers all', 'it takes nothing but --json, got "all"'],
    ['explain', 'explain URL'],
    ['servers\u001b[2J', 'a line has no control characters'],
    ['quit', 'this proxy is part of another program, which ends it'],
  ])('is refused with the reason: %j', async (line, reason) => {
    expect(await say(line)).toEqual({ ok: false, lines: [reason] });
  });

  it('is refused with what the proxy says', async () => {
    const setServer = async () => ({ code: 'unknown', message: 'there is no server "x"' }) as const;
    expect(await say('drain x', { setServer })).toEqual({ ok: false, lines: ['there is no server "x"'] });
    const reload = async () => ({ ok: false, text: 'error: a\n\n  --> b\n', ignored: [] });
    expect(await say('reload', { reload })).toEqual({ ok: false, lines: ['error: a', '  --> b'] });
    const explain = () => {
      throw new TypeError('that is no URL');
    };
    expect(await say('explain x', { explain })).toEqual({ ok: false, lines: ['that is no URL'] });
  });

  it('shows what others have named as text on one line', async () => {
    const servers = () => [aServerView({ id: 'a\nerror: b\u001b[31m', reason: 'x\r\ny' })];
    const { lines } = await say('servers', { servers });
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
  });
});
