import { describe, expect, it } from 'vitest';
import { forwardsLeft, hasBody, requestFields } from '../../src/middleware/request-fields.ts';
import { viewOf } from '../../src/middleware/request-view.ts';
import { anIncoming, rules } from '../support/an-incoming.ts';

type Facts = NonNullable<Parameters<typeof anIncoming>[0]>;

const fieldsOf = (facts: Facts, { trust = [] as string[], upgrade = '' } = {}) => {
  const trusted = rules(...trust);
  const req = anIncoming(facts);
  const settings = { trusted, requestId: 'id-1', ...(upgrade ? { upgrade } : {}) };
  return { ...requestFields(req, viewOf(req, trusted), settings) };
};

it('passes fields on in their order and spelling, repeats under the first spelling', () => {
  const sent = ['Host: a', 'X-B: 1', 'Accept: x', 'x-b: 2', 'X-B: 3', 'constructor: y', 'toString: z'];
  const fields = fieldsOf({ fields: sent });
  expect(Object.entries(fields).slice(0, 5)).toEqual([
    ['Host', 'a'],
    ['X-B', ['1', '2', '3']],
    ['Accept', 'x'],
    ['constructor', 'y'],
    ['toString', 'z'],
  ]);
});

it.each([
  'Connection: close',
  'Keep-Alive: timeout=5',
  'Proxy-Connection: keep-alive',
  'Proxy-Authorization: Basic eA==',
  'TE: trailers',
  'Trailer: X',
  'Upgrade: h2c',
  'HTTP2-Settings: AA',
  'Expect: 100-continue',
  'X_Under: 1',
  'Content_Length: 5',
])('%s ends here', (field) => {
  const name = field.split(':')[0]!.toLowerCase();
  const fields = fieldsOf({ fields: ['Host: a', field] });
  expect(Object.keys(fields).map((key) => key.toLowerCase())).not.toContain(name);
});

it('what Connection names ends here', () => {
  const fields = fieldsOf({
    fields: ['Host: a', 'Connection: x-One, close', 'Connection: X-Two', 'X-One: 1', 'X-Two: 2'],
  });
  expect(fields).not.toHaveProperty('X-One');
  expect(fields).not.toHaveProperty('X-Two');
});

describe('framing is said anew for every method', () => {
  it.each([
    ['GET', [], {}],
    ['GET', ['Content-Length: 3'], { 'Content-Length': '3' }],
    ['POST', [], { 'Content-Length': '0' }],
    ['PROPFIND', [], { 'Content-Length': '0' }],
    ['DELETE', [], {}],
    ['POST', ['content-length: 0'], { 'Content-Length': '0' }],
    ['DELETE', ['Transfer-Encoding: CHUNKED'], { 'Transfer-Encoding': 'chunked' }],
    ['OPTIONS', ['transfer-encoding: chunked'], { 'Transfer-Encoding': 'chunked' }],
  ])('%s %j', (method, sent, framing) => {
    const fields = fieldsOf({ method, fields: ['Host: a', ...sent] });
    const said = Object.entries(fields).filter(([name]) =>
      /^(content-length|transfer-encoding)$/i.test(name),
    );
    expect(Object.fromEntries(said)).toEqual(framing);
  });

  it.each([
    ['HTTP/1.1 without framing', { method: 'POST' }, false],
    ['a length of 0', { fields: ['Content-Length: 0'] }, false],
    ['a length', { fields: ['Content-Length: 1'] }, true],
    ['chunked', { fields: ['Transfer-Encoding: chunked'] }, true],
    ['HTTP/2 whose stream goes on', { version: '2.0' }, true],
  ])('%s: a body may follow: %s', (_, facts, expected) => {
    expect(hasBody(anIncoming(facts))).toBe(expected);
  });

  it('HTTP/2 whose stream ended with the head has no body', () => {
    expect(
      hasBody(Object.assign(anIncoming({ version: '2.0' }), { stream: { endAfterHeaders: true } })),
    ).toBe(false);
  });
});

it('an upgrade is asked for by us, without framing', () => {
  const fields = fieldsOf(
    { fields: ['Host: a', 'Connection: keep-alive, Upgrade', 'Upgrade: WebSocket', 'Sec-WebSocket-Key: k'] },
    { upgrade: 'websocket' },
  );
  expect(fields).toMatchObject({ Connection: 'Upgrade', upgrade: 'websocket', 'Sec-WebSocket-Key': 'k' });
  expect(Object.keys(fields).filter((name) => /^(upgrade|connection)$/i.test(name))).toHaveLength(2);
});

describe('forwarding fields', () => {
  const sent = [
    'Host: shop.test:81',
    'X-Forwarded-For: 6.6.6.6',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: evil.test',
    'X-Forwarded-Port: 1',
    'Forwarded: for=6.6.6.6',
    'X-Real-IP: 6.6.6.6',
    'X-Request-Id: theirs',
    'Via: 1.0 before',
  ];

  it('are replaced', () => {
    const fields = fieldsOf({ fields: sent });
    expect(fields).toMatchObject({
      'X-Forwarded-For': '192.0.2.9',
      'X-Forwarded-Proto': 'http',
      'X-Forwarded-Host': 'shop.test:81',
      'X-Forwarded-Port': '81',
      'X-Request-Id': 'id-1',
      Via: '1.0 before, 1.1 forehand',
    });
    expect(fields).not.toHaveProperty('Forwarded');
    expect(fields).not.toHaveProperty('X-Real-IP');
    expect(JSON.stringify(fields)).not.toContain('6.6.6.6');
  });

  it('are continued for a trusted peer', () => {
    expect(fieldsOf({ fields: sent }, { trust: ['192.0.2.9'] })).toMatchObject({
      'X-Forwarded-For': '6.6.6.6, 192.0.2.9',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'evil.test',
      'X-Forwarded-Port': '1',
      Forwarded: 'for=6.6.6.6',
      'X-Real-IP': '6.6.6.6',
    });
  });

  it('the port of https is 443 where Host has none', () => {
    expect(fieldsOf({ encrypted: true })).toMatchObject({
      'X-Forwarded-Port': '443',
      'X-Forwarded-Proto': 'https',
    });
  });
});

it.each([
  ['OPTIONS', '5', 5],
  ['TRACE', '0', 0],
  ['OPTIONS', 'many', undefined],
  ['GET', '0', undefined],
])('%s with Max-Forwards %s: %s left', (method, value, left) => {
  expect(forwardsLeft(anIncoming({ method, fields: ['Host: a', `Max-Forwards: ${value}`] }))).toBe(left);
});
