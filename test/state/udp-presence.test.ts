import { describe, expect, it } from 'vitest';
import { presenceOf, proxyIn, UdpPresence } from '../../src/state/udp-presence.ts';

describe('proxyIn', () => {
  it('finds the id that presenceOf wrote, also beside fields of later versions', () => {
    expect(presenceOf('a-1_B')).toBe('{"v":1,"proxy":"a-1_B"}');
    expect(proxyIn(presenceOf('a-1_B'))).toBe('a-1_B');
    expect(proxyIn('{"v":1,"proxy":"a","since":12}')).toBe('a');
  });

  it.each([
    '',
    '{}',
    'null',
    '{"v":1,"node":"a"}',
    '{"v":2,"proxy":"a"}',
    '{"v":1,"proxy":""}',
    '{"v":1,"proxy":"a b"}',
    '{"v":1,"proxy":7}',
    '{"v":1,"proxy":{"a":1}}',
    '{"v":1,"proxy":"a"',
    '{"v":1,"proxy":"a","proxy":null}',
    presenceOf('x'.repeat(65)),
    `{"v":1,"proxy":"a","x":"${'x'.repeat(512)}"}`,
  ])('finds none in %j', (text) => {
    expect(proxyIn(text)).toBeUndefined();
  });
});

describe('UdpPresence', () => {
  it('counts itself and the others, each once', () => {
    const presence = new UdpPresence('me');
    expect(presence.count(0)).toBe(1);
    for (const id of ['a', 'b', 'a', 'me']) expect(presence.hear(id, 0)).toBeUndefined();
    expect(presence.count(0)).toBe(3);
  });

  it('believes that a proxy is alive for five seconds after its last word', () => {
    const presence = new UdpPresence('me');
    presence.hear('a', 0);
    presence.hear('b', 1000);
    presence.hear('a', 2000);
    expect(presence.count(6000)).toBe(3);
    expect(presence.count(6001)).toBe(2);
    expect(presence.count(7000)).toBe(2);
    expect(presence.count(7001)).toBe(1);
  });

  it('counts at most 1,024, and says when there are more', () => {
    const presence = new UdpPresence('me');
    for (let i = 1; i < 1024; i++) expect(presence.hear(`p${i}`, i)).toBeUndefined();
    expect(presence.hear('one more', 2000)).toMatchObject({ code: 'full' });
    expect(presence.hear('p1', 2000)).toBeUndefined();
    expect(presence.count(2000)).toBe(1024);
    expect(presence.hear('one more', 5003)).toBeUndefined();
  });
});
