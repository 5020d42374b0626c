import { describe, expect, it } from 'vitest';
import { jsonFormat } from '../../../src/control/access-log/access-log-json.ts';
import type { LineFormat, LoggedExchange } from '../../../src/control/access-log/access-log-line.ts';
import { decide } from '../../../src/core/decide.ts';
import { aBoard, aChain, aContext, preferring, reversed, without } from '../../core/support.ts';
import { anExchange, EPOCH } from '../an-exchange.ts';

type Read = Readonly<Record<string, unknown>>;

const read = (facts: Partial<LoggedExchange>, format: LineFormat = jsonFormat(true)): Read =>
  JSON.parse(format(anExchange(facts), EPOCH)) as Read;

describe('a line in JSON', () => {
  it('has what is known of a request under the names that tools expect', () => {
    const facts = {
      query: 'a=1',
      userAgent: 'curl/8',
      referer: 'https://a.example/',
      traceId: '4bf92f35',
      connectMs: 1.25,
      decisionUs: 1.5,
      attempts: 3,
      bytesIn: 17,
    };
    expect(read(facts)).toEqual({
      time: '2000-10-10T20:55:36.007Z',
      request_id: '0191c2a4-7',
      trace_id: '4bf92f35',
      client_ip: '192.0.2.7',
      peer_ip: '10.0.0.1',
      method: 'GET',
      scheme: 'https',
      host: 'shop.example',
      path: '/cart?a=1',
      proto: 'HTTP/1.1',
      status: 200,
      bytes_in: 17,
      bytes_out: 2326,
      duration_ms: 12.346,
      pool: 'web',
      server: 'web-1',
      connect_ms: 1.25,
      ttfb_ms: 9.5,
      retries: 2,
      decision_us: 1.5,
      termination: 'ok',
      user_agent: 'curl/8',
      referer: 'https://a.example/',
    });
  });

  it.each<[string, Partial<LoggedExchange>, readonly string[]]>([
    ['no answer', { status: 0, firstByte: undefined, termination: 'client_abort' }, ['status', 'ttfb_ms']],
    ['no route', { pool: undefined, server: undefined, termination: 'no_route' }, ['pool', 'server']],
    ['no protocol', { protocol: undefined }, ['proto']],
    ['an empty agent', { userAgent: '', referer: '' }, ['user_agent', 'referer']],
  ])('leaves out what is not there: %s', (_, facts, missing) => {
    const all = Object.keys(read({ userAgent: 'x', referer: 'y' }));
    const said = Object.keys(read({ userAgent: 'x', referer: 'y', ...facts }));
    expect(said).toEqual(all.filter((name) => !missing.includes(name)));
    expect(all.length - said.length).toBe(missing.length);
  });

  it.each([
    [0, 0],
    [1, 0],
    [2, 1],
  ])('counts %i attempts as %i retries', (attempts, retries) => {
    expect(read({ attempts })['retries']).toBe(retries);
  });

  it('leaves out queries if told so, that of the referer too', () => {
    const facts = { query: 'token=secret', referer: 'https://a.example/b?token=secret' };
    expect(read(facts, jsonFormat(false))).toMatchObject({ path: '/cart', referer: 'https://a.example/b' });
  });

  it('shows what the chain of each decision did, one decision after the other', () => {
    const format = jsonFormat(true);
    const board = aBoard(['a', 'b', 'c', 'd']);
    const first = aChain([without('d'), reversed(), preferring('a c')], board.pool).chain;
    const second = aChain([reversed()], board.pool).chain;
    const chainOf = (chain: typeof first): unknown =>
      read({ decision: decide(chain, aContext()) }, format)['chain'];
    for (let i = 0; i < 2; i++) {
      expect(chainOf(first)).toBe('without d 4>3, reversed 3>3, preferring a c 3>2');
      expect(chainOf(second)).toBe('reversed 4>4');
    }
    board.board.setHand('web', 'd', { state: 'drain', reason: 'by hand' });
    expect(chainOf(first)).toBe('drained 4>3, without d 3>3, reversed 3>3, preferring a c 3>2');
    expect(chainOf(second)).toBe('drained 4>3, reversed 3>3');
  });

  it('keeps scheme and protocol apart for each request', () => {
    const format = jsonFormat(true);
    for (const method of ['GET', 'POST', 'GET'])
      for (const scheme of ['http', 'https'])
        for (const protocol of ['HTTP/1.0', 'HTTP/1.1', undefined]) {
          const said = read({ method, scheme, protocol }, format);
          expect([said['method'], said['scheme'], said['proto']]).toEqual([method, scheme, protocol]);
        }
    for (let i = 0; i < 200; i++) expect(read({ method: `M${i}` }, format)['method']).toBe(`M${i}`);
  });

  it('is one line with the same fields, whatever a client sends', () => {
    const evil = '","status":999,"x":"\\"}\n{"time":"\r\u2028';
    const keys = ['requestId', 'clientIp', 'peerIp', 'method', 'host', 'path', 'query', 'protocol'] as const;
    for (const key of [...keys, 'userAgent', 'referer', 'traceId', 'server'] as const) {
      const line = jsonFormat(true)(anExchange({ [key]: evil }), EPOCH);
      expect(line).toMatch(/^[ -~]*\n$/);
      const said = JSON.parse(line) as Read;
      expect(said['status']).toBe(200);
      expect(said).not.toHaveProperty('x');
      expect(Object.values(said).some((value) => String(value).includes(evil))).toBe(true);
    }
  });
});
