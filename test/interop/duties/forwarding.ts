import { expect } from 'vitest';
import { type Duty, get, valuesOf } from './hop.ts';

const OLD = 'GET / HTTP/1.0\r\nHost: a\r\n\r\n';

/** What an intermediary owes to the chain of intermediaries that it is a part of. */
export const FORWARDING_DUTIES: readonly Duty[] = [
  [
    'RFC 9110, 7.6',
    'MUST',
    'does not pass a request round in a circle',
    async (hop) => {
      const { status, requests } = await hop(get(`Via: ${'1.1 forehand, '.repeat(10)}1.1 x\r\n`));
      expect([status, requests]).toEqual([508, []]);
    },
  ],
  [
    'RFC 9110, 7.6.2',
    'MUST',
    'answers OPTIONS with Max-Forwards: 0 itself',
    async (hop) => {
      const { status, requests } = await hop('OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n');
      expect([status, requests]).toEqual([200, []]);
    },
  ],
  [
    'RFC 9110, 7.6.2',
    'MUST',
    'answers TRACE with Max-Forwards: 0 itself',
    async (hop) => {
      expect((await hop('TRACE / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n')).requests).toEqual([]);
    },
  ],
  [
    'RFC 9110, 7.6.2',
    'MUST',
    'counts Max-Forwards down',
    async (hop) => {
      const { request } = await hop('OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 10\r\n\r\n');
      expect(valuesOf(request, 'max-forwards')).toEqual(['9']);
    },
  ],
  [
    'RFC 9110, 7.6.2',
    'FEATURE',
    'leaves Max-Forwards of other methods alone',
    async (hop) => {
      expect(valuesOf((await hop(get('Max-Forwards: 0\r\n'))).request, 'max-forwards')).toEqual(['0']);
    },
  ],
  [
    'RFC 9110, 7.6.3',
    'MUST',
    'adds itself to Via of a request',
    async (hop) => {
      expect(valuesOf((await hop(get())).request, 'via')).toEqual(['1.1 forehand']);
    },
  ],
  [
    'RFC 9110, 7.6.3',
    'MUST',
    'says in Via with which version the request came',
    async (hop) => {
      expect(valuesOf((await hop(OLD)).request, 'via')).toEqual(['1.0 forehand']);
    },
  ],
  [
    'RFC 9110, 7.6.3',
    'MUST',
    'puts itself behind those that were there',
    async (hop) => {
      const via = valuesOf((await hop(get('Via: 1.0 fred, 1.1 p.example\r\n'))).request, 'via').join(', ');
      expect(via).toBe('1.0 fred, 1.1 p.example, 1.1 forehand');
    },
  ],
  [
    'RFC 9110, 11.7.2',
    'FEATURE',
    'keeps credentials for proxies to itself',
    async (hop) => {
      expect(
        valuesOf((await hop(get('Proxy-Authorization: Basic eDp5\r\n'))).request, 'proxy-authorization'),
      ).toEqual([]);
    },
  ],
];
