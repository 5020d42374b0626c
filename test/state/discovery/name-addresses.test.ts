import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameAddresses } from '../../../src/state/discovery/name-addresses.ts';
import type { AddressRecord, Answer, NameServer } from '../../../src/state/discovery/name-server.ts';

type AddressAnswer = Answer<AddressRecord>;

const saying = (v4: AddressAnswer, v6: AddressAnswer): NameServer => ({
  addresses: async (_, family) => (family === 4 ? v4 : v6),
  services: async () => ({ kind: 'none', why: 'no' }),
  close: () => undefined,
});

const found = (addresses: readonly string[], ttl?: number): AddressAnswer => ({
  kind: 'found',
  records: addresses.map((address) => ({ address, ttl })),
});

const NONE: AddressAnswer = { kind: 'none', why: 'no such records' };
const FAILED: AddressAnswer = { kind: 'failed', why: 'no answer' };

describe('the addresses of a name', () => {
  it.each([
    [found(['10.0.0.1'], 9), found(['fd00::1'], 4), 4],
    [found(['10.0.0.1', '10.0.0.2']), NONE, undefined],
    [found(['10.0.0.1'], 9), FAILED, 9],
    [NONE, FAILED, undefined],
  ])('hold as long as the first of them that runs out (%#)', async (v4, v6, ttl) => {
    expect((await new NameAddresses('web').ask(saying(v4, v6))).ttl).toBe(ttl);
  });

  it.each([
    [NONE, NONE, 'empty', 'no such records'],
    [NONE, FAILED, 'failed', 'no answer'],
    [FAILED, NONE, 'failed', 'no answer'],
    [FAILED, FAILED, 'failed', 'no answer'],
  ])('are what they were where neither family says any (%#)', async (v4, v6, kind, message) => {
    const name = new NameAddresses('web');
    await name.ask(saying(found(['10.0.0.2', '10.0.0.1']), found(['fd00::1'])));
    const { addresses, trouble } = await name.ask(saying(v4, v6));
    expect(addresses).toEqual(['10.0.0.1', '10.0.0.2', 'fd00::1']);
    expect(trouble).toMatchObject({ kind, message });
  });

  it('are never lost, never made up, and those of an answer once there is one', async () => {
    const answer = (prefix: string): fc.Arbitrary<AddressAnswer> =>
      fc.oneof(
        fc.constantFrom(NONE, FAILED),
        fc
          .uniqueArray(fc.nat(9), { minLength: 1, maxLength: 4 })
          .map((list) => found(list.map((n) => `${prefix}${n}`))),
      );
    const rounds = fc.array(fc.tuple(answer('10.0.0.'), answer('fd00::')), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(rounds, async (all) => {
        const name = new NameAddresses('web');
        const last = { v4: [] as readonly string[], v6: [] as readonly string[] };
        for (const [v4, v6] of all) {
          const { addresses, trouble } = await name.ask(saying(v4, v6));
          const isAnswered = v4.kind === 'found' || v6.kind === 'found';
          for (const [family, said] of [
            ['v4', v4],
            ['v6', v6],
          ] as const) {
            if (said.kind === 'found') last[family] = said.records.map(({ address }) => address);
            if (said.kind === 'none' && isAnswered) last[family] = [];
          }
          expect(addresses).toEqual([...last.v4, ...last.v6].sort());
          expect(name.known).toEqual(addresses);
          if (!isAnswered) expect(trouble).toBeDefined();
        }
      }),
    );
  });
});
