import { afterEach, describe, expect, it, vi } from 'vitest';
import { trace as traceVerb } from '../../../src/cli/trace.ts';
import { silentLog } from '../../../src/control/logs/log.ts';
import { TRACE_CLASSES, Trace } from '../../../src/control/logs/trace.ts';
import { jsonPost, type RunningAdmin, startAdmin } from '../admin-client.ts';

const open: RunningAdmin[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const admin of open.splice(0)) await admin.close();
});

const setUp = async () => {
  const trace = new Trace(silentLog, () => 0, ['timing']);
  const admin = await startAdmin({ parts: { trace } });
  open.push(admin);
  const put = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    admin.ask('/api/v1/trace', { ...jsonPost(body, headers), method: 'PUT' });
  return { trace, admin, put };
};

describe('/api/v1/trace', () => {
  it('shows what is followed, and what could be', async () => {
    const { admin } = await setUp();
    const { status, text } = await admin.ask('/api/v1/trace');
    expect([status, JSON.parse(text)]).toEqual([200, { classes: ['timing'], known: TRACE_CLASSES }]);
  });

  it.each([[['pool', 'config']], [['reports']], [[]]])('switches to %j', async (classes) => {
    const { trace, put } = await setUp();
    const { status, text } = await put({ classes });
    expect(status).toBe(200);
    expect(JSON.parse(text).classes.toSorted()).toEqual(classes.toSorted());
    expect([...trace.classes].sort()).toEqual(classes.toSorted());
  });

  it.each([
    ['an unknown class', { classes: ['pool', 'pools'] }, 'bad_trace'],
    ['a class that is none', { classes: [5] }, 'bad_trace'],
    ['no list', { classes: 'pool' }, 'bad_trace'],
    ['another key', { class: ['pool'] }, 'bad_trace'],
    ['one key too many', { classes: ['pool'], level: 'debug' }, 'bad_trace'],
    ['a list', ['pool'], 'bad_trace'],
    ['null', 'null', 'bad_trace'],
    ['not JSON', '{', 'bad_json'],
  ])('refuses %s and changes nothing', async (_, body, code) => {
    const { trace, put } = await setUp();
    const { status, text } = await put(body);
    expect([status, JSON.parse(text).error.code]).toEqual([400, code]);
    expect(trace.classes).toEqual(['timing']);
  });

  it.each([
    ['another site', { origin: 'http://evil.example' }, 403],
    ['another site, as the browser says', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a form', { 'content-type': 'text/plain' }, 415],
    ['another name of this listener', { host: 'evil.example' }, 421],
  ])('takes no change from %s', async (_, headers, status) => {
    const { trace, put } = await setUp();
    expect((await put({ classes: ['pool'] }, headers)).status).toBe(status);
    expect(trace.classes).toEqual(['timing']);
  });

  it.each(['POST', 'DELETE'])('is not for %s', async (method) => {
    const { admin } = await setUp();
    const { status, headers } = await admin.ask('/api/v1/trace', { method });
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD, PUT']);
  });
});

describe('forehand trace', () => {
  const run = async (admin: RunningAdmin, names: readonly string[], json = false): Promise<string> => {
    let said = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      said += String(text);
      return true;
    });
    await traceVerb(names, { admin: `127.0.0.1:${admin.port}`, json });
    return said;
  };

  it.each([
    [[], 'The trace follows timing. It could follow config, pool, decisions, reports.\n'],
    [['off'], 'The trace is off. It could follow config, pool, decisions, reports, timing.\n'],
    [['pool', 'reports'], 'The trace follows pool, reports. It could follow config, decisions, timing.\n'],
    [TRACE_CLASSES, 'The trace follows config, pool, decisions, reports, timing.\n'],
  ])('%j says what is followed then', async (names, said) => {
    const { admin } = await setUp();
    expect(await run(admin, names)).toBe(said);
  });

  it('prints what the API answers with --json', async () => {
    const { admin, trace } = await setUp();
    expect(JSON.parse(await run(admin, ['pool'], true))).toEqual({ classes: ['pool'], known: TRACE_CLASSES });
    expect(trace.classes).toEqual(['pool']);
  });

  it.each([
    [['pol'], '"pol" is none of config, pool'],
    [['off', 'pool'], 'off stands alone'],
  ])('%j fails with the reason', async (names, reason) => {
    const { admin, trace } = await setUp();
    await expect(run(admin, names)).rejects.toThrow(reason);
    expect(trace.classes).toEqual(['timing']);
  });
});
