import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkReport, isRefusal } from '../../src/core/report.ts';
import { parseHeartbeat, reportOf } from '../../src/state/heartbeat.ts';
import { mutated } from './conformance.ts';

describe('parseHeartbeat', () => {
  it.each([
    ['v=1&ready=75&busy=0', { ready: 75, busy: 0 }],
    ['v=1&ready=0&busy=10000000', { ready: 0, busy: 1e7 }],
    ['busy=3&ready=4&v=1', { ready: 4, busy: 3 }],
    ['v=1&ready=1&busy=2&lastrun=9&x', { ready: 1, busy: 2 }],
    ['v=1&ready=007&busy=2', { ready: 7, busy: 2 }],
  ])('reads %s', (text, heartbeat) => {
    expect(parseHeartbeat(text)).toEqual(heartbeat);
  });

  it.each([
    ['', 'malformed'],
    ['hello', 'malformed'],
    ['v=1&ready=1&busy=2\n', 'malformed'],
    ['v=1&ready=1&busy=2\u0000', 'malformed'],
    ['forehand/1 - 1 -', 'malformed'],
    ['ready=1&busy=2', 'version'],
    ['v=2&ready=1&busy=2', 'version'],
    ['v=01&ready=1&busy=2', 'version'],
    ['v=1', 'malformed'],
    ['v=1&ready=1', 'malformed'],
    ['v=1&busy=1', 'malformed'],
    ['v=1&ready=1&busy=2&ready=3', 'malformed'],
    ['v=1&ready=-1&busy=2', 'number'],
    ['v=1&ready=1.5&busy=2', 'number'],
    ['v=1&ready=1e3&busy=2', 'number'],
    ['v=1&ready=0x10&busy=2', 'number'],
    ['v=1&ready=&busy=2', 'number'],
    ['v=1&ready=%31&busy=2', 'number'],
    ['v=1&ready=+1&busy=2', 'number'],
    ['v=1&v=1&ready=1&busy=2', 'version'],
    ['v=%31&ready=1&busy=2', 'version'],
    ['v=1&ready=NaN&busy=2', 'number'],
    ['v=1&ready=10000001&busy=2', 'number'],
    [`v=1&ready=${'9'.repeat(300)}&busy=2`, 'number'],
    [`v=1&ready=1&busy=2&x=${'9'.repeat(512)}`, 'too_large'],
  ])('refuses %j as %s', (text, code) => {
    expect(parseHeartbeat(text)).toMatchObject({ code });
  });

  it('shows nothing to people that a terminal could obey', () => {
    const refusal = parseHeartbeat('v=1&ready=%1b[2J%c2%9b&busy=2');
    expect(refusal).toMatchObject({ code: 'number', message: expect.stringContaining('"%1b[2J%c2%9b"') });
  });

  it('reads of 2,000 damaged packets only numbers that are in them', () => {
    fc.assert(
      fc.property(mutated('v=1&ready=75&busy=12'), (text) => {
        const heartbeat = parseHeartbeat(text);
        if ('code' in heartbeat) return;
        const given = new URLSearchParams(text);
        expect(Number(given.get('ready'))).toBe(heartbeat.ready);
        expect(Number(given.get('busy'))).toBe(heartbeat.busy);
        expect(heartbeat.ready + heartbeat.busy).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('reportOf', () => {
  const from = { node: 'heartbeat:10.0.0.1', boot: 'b', seq: 1, servers: [] };

  it('makes workers slots, and busy ones requests in flight', () => {
    expect(reportOf({ ready: 75, busy: 5 }, from).stats).toEqual({
      slots: { total: 80, available: 75 },
      inFlight: 5,
    });
  });

  it('makes reports that a proxy takes, unless there are more workers than any machine has', () => {
    expect(isRefusal(checkReport(reportOf({ ready: 1e7, busy: 0 }, from)))).toBe(false);
    expect(checkReport(reportOf({ ready: 1e7, busy: 1 }, from))).toMatchObject({ code: 'number' });
  });
});
