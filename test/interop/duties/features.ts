import { expect } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { connectRaw } from '../../support/raw-client.ts';
import { answerWith, type Duty, get, post, valuesOf } from './hop.ts';

const MEGABYTE = 'x'.repeat(1_000_000);

/** What users of a proxy count on, beside what it must do. */
export const FEATURE_DUTIES: readonly Duty[] = [
  [
    'RFC 7239, 1',
    'FEATURE',
    'says for whom a request is forwarded',
    async (hop) => {
      const { request } = await hop(get());
      const said = ['for', 'proto', 'host', 'port'].map((what) => valuesOf(request, `x-forwarded-${what}`));
      expect(said).toEqual([['127.0.0.1'], ['http'], ['a'], ['80']]);
    },
  ],
  [
    'RFC 9562, 5.7',
    'FEATURE',
    'gives each request an id, and tells it to both sides',
    async (hop) => {
      const { request, answer } = await hop(get());
      const [id] = valuesOf(request, 'x-request-id');
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
      expect(valuesOf(answer, 'x-request-id')).toEqual([id]);
    },
  ],
  [
    'RFC 9112, 7.1',
    'FEATURE',
    'relays content of any size, in both directions',
    async (hop) => {
      const request = post(`Content-Length: ${MEGABYTE.length}\r\n`, MEGABYTE);
      const { request: got, answer } = await hop(
        request,
        answerWith(`Content-Length: ${MEGABYTE.length}\r\n`, MEGABYTE),
      );
      expect([got?.content === MEGABYTE, answer?.content === MEGABYTE]).toEqual([true, true]);
    },
  ],
  [
    'RFC 9110, 7.6',
    'FEATURE',
    'relays content as it comes, not when it is whole',
    async (hop) => {
      const { client, witness } = await hop(get());
      client.send(post('Content-Length: 10\r\n', 'first'));
      await eventually(() => witness.heard[0]?.endsWith('first'));
      client.send('final');
      await eventually(() => witness.heard[0]?.endsWith('firstfinal'));
    },
  ],
  [
    'RFC 9112, 9.4',
    'FEATURE',
    'serves several clients at once',
    async (hop) => {
      const { client, port } = await hop(get());
      const others = await Promise.all(Array.from({ length: 10 }, () => connectRaw(port)));
      for (const one of [...others, client]) one.send(get());
      await Promise.all(others.map((one) => one.hears(/ok$/)));
      await client.hears(/ok[\s\S]*ok$/);
    },
  ],
];
