import { describe, expect, it } from 'vitest';
import { ownTrace, type TraceSettings } from '../../../src/control/tracing/own-traces.ts';
import { TraceIds } from '../../../src/control/tracing/trace-ids.ts';
import type { ExchangeTrace } from '../../../src/core/trace-context.ts';
import { aTracedRequest } from './a-traced-request.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;
const SOURCES = { traceId: () => 'a'.repeat(32), spanId: () => 'b'.repeat(16), random: () => 0.5 };

const traceOf = (
  fields: Readonly<Record<string, string>>,
  facts: Partial<TraceSettings> = {},
): ExchangeTrace =>
  ownTrace(
    aTracedRequest(fields),
    { propagate: true, create: false, sample: 0, trusts: () => false, ...facts },
    SOURCES,
  );

const BEGUN = {
  traceId: 'a'.repeat(32),
  lines: `traceparent: 00-${'a'.repeat(32)}-${'b'.repeat(16)}-00\r\n`,
};

describe('the trace context of a request, where none is begun', () => {
  it('goes on untouched, whoever sent it', () => {
    const trace = traceOf({ traceparent: PARENT, tracestate: 'rojo=1' });
    expect(trace).toEqual({ traceId: TRACE, removes: new Set(), lines: '' });
  });

  it('is nothing for a request without one', () => {
    expect(traceOf({})).toEqual({ traceId: '', removes: new Set(), lines: '' });
  });

  it('ends here where it is malformed, with its state', () => {
    const trace = traceOf({ traceparent: '00-0-0-00', tracestate: 'rojo=1' });
    expect(trace).toEqual({ traceId: '', removes: new Set(['traceparent', 'tracestate']), lines: '' });
  });

  it('goes on without a state that is malformed', () => {
    const trace = traceOf({ traceparent: PARENT, tracestate: 'ROJO' });
    expect(trace).toEqual({ traceId: TRACE, removes: new Set(['tracestate']), lines: '' });
  });

  it('ends here where nothing is to be passed on', () => {
    const trace = traceOf({ traceparent: PARENT }, { propagate: false });
    expect(trace).toEqual({ traceId: '', removes: new Set(['traceparent', 'tracestate']), lines: '' });
  });
});

describe('the trace context of a request, where traces are begun', () => {
  it('is a new one for a request without', () => {
    expect(traceOf({}, { create: true })).toEqual({ ...BEGUN, removes: new Set() });
  });

  it.each([
    ['of somebody who is not trusted', { traceparent: PARENT, tracestate: 'rojo=1' }],
    ['that is malformed', { traceparent: 'x' }],
    ['that is a state alone', { tracestate: 'rojo=1' }],
  ])('is a new one in place of one %s', (_what, fields) => {
    const removes = new Set(['traceparent', 'tracestate']);
    expect(traceOf(fields, { create: true })).toEqual({ ...BEGUN, removes });
  });

  it('goes on where its sender is trusted', () => {
    const trace = traceOf({ traceparent: PARENT }, { create: true, trusts: (ip) => ip === '192.0.2.1' });
    expect(trace).toEqual({ traceId: TRACE, removes: new Set(), lines: '' });
  });

  it('is marked as recorded as often as wanted', () => {
    expect(traceOf({}, { create: true, sample: 0.51 }).lines).toContain('-01\r\n');
    expect(traceOf({}, { create: true, sample: 0.5 }).lines).toContain('-00\r\n');
  });
});

describe('ids of traces', () => {
  it('are hexadecimal digits, and never twice the same', () => {
    const ids = new TraceIds();
    const made = Array.from({ length: 1000 }, () => [ids.traceId(), ids.spanId()]);
    for (const [trace, span] of made) {
      expect(trace).toMatch(/^[0-9a-f]{32}$/);
      expect(span).toMatch(/^[0-9a-f]{16}$/);
    }
    expect(new Set(made.flat()).size).toBe(2000);
  });
});
