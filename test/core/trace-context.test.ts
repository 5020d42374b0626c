import { describe, expect, it } from 'vitest';
import { isTracestate, parseTraceparent, traceparentText } from '../../src/core/trace-context.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('a traceparent', () => {
  it('is read, and written as it was', () => {
    const text = `00-${TRACE}-${SPAN}-01`;
    const parent = parseTraceparent(text);
    expect(parent).toEqual({ traceId: TRACE, spanId: SPAN, flags: 1 });
    expect(parent && traceparentText(parent)).toBe(text);
  });

  it.each([
    ['a later version', `01-${TRACE}-${SPAN}-00`],
    ['a later version that says more', `cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`],
  ])('of %s is read as far as it is known', (_what, text) => {
    expect(parseTraceparent(text)?.traceId).toBe(TRACE);
  });

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['of version ff', `ff-${TRACE}-${SPAN}-01`],
    ['of version 00 that says more', `00-${TRACE}-${SPAN}-01-more`],
    ['of a later version that says more at once', `01-${TRACE}-${SPAN}-01more`],
    ['with a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['with a span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['in capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['with a short trace id', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['sent twice', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
    ['with a line end', `00-${TRACE}-${SPAN}-01\n`],
    ['with flags that are no number', `00-${TRACE}-${SPAN}-0x`],
  ])('that is %s is none', (_what, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});

describe('a tracestate', () => {
  it.each([
    ['rojo=00f067aa0ba902b7'],
    ['rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'],
    ['rojo=1 , congo=2'],
    ['rojo=1,,congo=2'],
    ['fw529a3039@dt=FfAAAAVr'],
    [Array.from({ length: 32 }, (_, i) => `k${i}=v`).join(',')],
  ])('%s may be passed on', (text) => {
    expect(isTracestate(text)).toBe(true);
  });

  it.each([
    ['without a member', ' , '],
    ['with a member that has no value', 'rojo'],
    ['with an empty value', 'rojo='],
    ['with a key in capitals', 'ROJO=1'],
    ['with a key twice', 'rojo=1,rojo=2'],
    ['with an equals sign in a value', 'rojo=1=2'],
    ['with a control character', 'rojo=1\u0001'],
    ['with 33 members', Array.from({ length: 33 }, (_, i) => `k${i}=v`).join(',')],
    ['that is very long', Array.from({ length: 20 }, (_, i) => `k${i}=${'v'.repeat(200)}`).join(',')],
  ])('%s may not', (_what, text) => {
    expect(isTracestate(text)).toBe(false);
  });
});
