import { describe, expect, it } from 'vitest';
import {
  readProxyLine,
  readReportLine,
  refusedLine,
  reportLine,
  saidInFields,
  writeProxyLine,
} from '../../src/state/http-stream-protocol.ts';

describe('a line of an agent', () => {
  it('says when it was sent and how many proxies answer', () => {
    const line = reportLine('{"v":1}', 1_750_000_000_000.4, 3);
    expect(line).toBe('1750000000000 3 {"v":1}\n');
    expect(readReportLine(line.trimEnd())).toEqual({
      json: '{"v":1}',
      said: { at: 1_750_000_000_000, proxies: 3 },
    });
  });

  it.each([
    ['a bare report', '{"v":1}', '{"v":1}', {}],
    ['no count yet', '5 0 {}', '{}', { at: 5 }],
    ['an absurd count', '5 1025 {}', '{}', { at: 5 }],
    ['an absurd time', '9999999999999999 2 {}', '{}', { proxies: 2 }],
    ['no time', '0 0 {}', '{}', {}],
    ['one number', '5 {}', '5 {}', {}],
    ['a negative one', '-5 1 {}', '-5 1 {}', {}],
    ['a number that is none', '1e3 1 {}', '1e3 1 {}', {}],
    ['too many digits', '12345678901234567 1 {}', '12345678901234567 1 {}', {}],
    ['no report', '5 1 []', '5 1 []', {}],
    ['nothing', '', '', {}],
  ])('is read with %s', (_, text, json, said) => {
    expect(readReportLine(text)).toEqual({ json, said });
  });
});

describe('the same in header fields', () => {
  it.each<[unknown, unknown, object]>([
    ['1750000000000', '3', { at: 1_750_000_000_000, proxies: 3 }],
    [undefined, undefined, {}],
    ['yesterday', 'many', {}],
    ['-1', '-1', {}],
    ['1.5', '0', {}],
    [['1', '2'], '1024', { proxies: 1024 }],
    ['', '1025', {}],
  ])('%j and %j', (sent, proxies, said) => {
    expect(saidInFields(sent, proxies)).toEqual(said);
  });
});

describe('a line of a proxy', () => {
  it.each([
    { proxy: 'abc' },
    { taken: 7 },
    { refused: { code: 'number' as const, message: 'no', seq: 7 } },
    refusedLine({ code: 'malformed', message: 'not JSON' }, undefined),
  ])('is read as it was written: %j', (line) => {
    expect(readProxyLine(writeProxyLine(line))).toEqual(line);
  });

  it.each(['{}', '[]', 'null', '{"taken":"7"}', '{"refused":{"seq":1}}', '{"later":true}'])(
    'means nothing to this version: %s',
    (text) => {
      expect(readProxyLine(text)).toBeUndefined();
    },
  );

  it('cannot be something else than JSON', () => {
    expect(() => readProxyLine('HTTP/1.1 400 Bad Request')).toThrow(SyntaxError);
  });
});
