import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { checkReport, encodeReport, isRefusal } from '../../src/core/report.ts';
import type { ReportSource } from '../../src/core/report-source.ts';
import type { StateDriver } from '../../src/state/driver.ts';
import type { Rate } from '../../src/state/rate-limit.ts';
import { aClock, aReport, Listener, NO_LIMIT } from './support.ts';

/** One driver between an agent and a proxy, as a test sees it. */
export interface Rig {
  readonly receiver: StateDriver;
  /** Call after the receiver was subscribed to. Holds the right token. */
  publisher(): StateDriver;
  /** Sends any text in the place of a report, past every check of the agent's side, with the right token. */
  sendRaw(text: string): Promise<unknown>;
}

export interface RigOptions {
  readonly clock: ReturnType<typeof aClock>;
  readonly rate?: Rate;
}

export interface Traits {
  readonly transport: ReportSource['transport'];
  readonly address: string;
  /** The sender learns what became of its report. */
  readonly answers: boolean;
}

const editOf = fc.record({
  kind: fc.constantFrom('replace', 'insert', 'remove', 'double'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  text: fc.oneof(
    fc.constantFrom(
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '-',
      '1e999',
      'null',
      '\\',
      '\n',
      '\u0000',
      '__proto__',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
  ),
  span: fc.integer({ min: 1, max: 12 }),
});

/** A message with a few edits. */
export const mutated = (base: string): fc.Arbitrary<string> =>
  fc.array(editOf, { minLength: 1, maxLength: 4 }).map((edits) =>
    edits.reduce((text, { kind, at, text: piece, span }) => {
      const start = Math.floor(at * text.length);
      const end = start + span;
      if (kind === 'insert') return text.slice(0, start) + piece + text.slice(start);
      if (kind === 'remove') return text.slice(0, start) + text.slice(end);
      if (kind === 'double') return text.slice(0, end) + text.slice(start);
      return text.slice(0, start) + piece + text.slice(start + piece.length);
    }, base),
  );

/** What every state driver owes, whatever carries the reports. */
export const conforms = (name: string, open: (options: RigOptions) => Rig, traits: Traits): void => {
  describe(`${name} as a state driver`, () => {
    const opened: StateDriver[] = [];
    const start = async (rate: Rate = NO_LIMIT) => {
      const clock = aClock();
      const rig = open({ clock, rate });
      const listener = new Listener();
      await rig.receiver.subscribe(listener);
      const publisher = rig.publisher();
      opened.push(rig.receiver, publisher);
      return { ...rig, publisher, listener, clock };
    };
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((driver) => driver.close()));
    });

    it('delivers a report with its source', async () => {
      const { publisher, listener } = await start();
      const report = aReport({ stats: { load1: 1, custom: { queue: 7 } } });
      await publisher.publish(report);
      await listener.until(1);
      expect(listener.reports).toHaveLength(1);
      expect(listener.reports[0]?.report).toEqual(report);
      const { address, transport } = traits;
      expect(listener.reports[0]?.source).toMatchObject({ address, transport });
      expect(listener.refusals).toEqual([]);
    });

    it('keeps fields that this version does not know', async () => {
      const { sendRaw, listener } = await start();
      const text = JSON.stringify({ ...aReport(), later: { version: [2] } });
      await sendRaw(text);
      await listener.until(1);
      expect(listener.reports[0]?.report).toEqual(JSON.parse(text));
    });

    it.each([
      ['malformed', '{"v":1'],
      ['malformed', '[]'],
      ['malformed', JSON.stringify({ ...aReport(), node: 'a name with spaces' })],
      ['version', JSON.stringify({ ...aReport(), v: 2 })],
      ['number', JSON.stringify({ ...aReport(), stats: { load1: -1 } })],
      ['number', JSON.stringify({ ...aReport(), stats: { cpuIdle: Number.NaN } })],
      ['number', JSON.stringify({ ...aReport(), stats: { arriba: 1e300 } })],
      ['number', JSON.stringify(aReport()).replace('0.75', '1e999')],
    ])('refuses and counts as %s: %s', async (code, text) => {
      const { sendRaw, listener } = await start();
      await sendRaw(text).catch(() => undefined);
      await listener.until(1);
      expect(listener.codes).toEqual([code]);
      expect(listener.refusals[0]?.source).toMatchObject({ address: traits.address });
      expect(listener.reports).toEqual([]);
    });

    it('says whom a refused report is about, as far as it tells', async () => {
      const { sendRaw, listener } = await start();
      await sendRaw(JSON.stringify({ ...aReport(), v: 2 })).catch(() => undefined);
      await sendRaw(JSON.stringify({ v: 2 })).catch(() => undefined);
      await listener.until(2);
      expect(listener.codes).toEqual(['version', 'version']);
      const [told, untold] = listener.refusals;
      expect(told?.claim).toEqual({ node: 'web1', servers: [{ url: 'http://10.0.0.1:3001', pool: 'web' }] });
      expect(untold?.claim ?? { node: undefined, servers: [] }).toEqual({ node: undefined, servers: [] });
      expect(Object.keys(told?.refusal ?? {})).toEqual(['code', 'message']);
    });

    it('leaves the counting of what the board refuses to the board, and answers the sender if it can', async () => {
      const { publisher, listener, receiver } = await start();
      listener.verdict = () => ({ code: 'unknown_pool', message: 'there is no pool "web"' });
      const sent = publisher.publish(aReport());
      if (traits.answers) await expect(sent).rejects.toMatchObject({ code: 'unknown_pool' });
      else await sent;
      await listener.until(1);
      expect(listener.refusals).toEqual([]);
      expect(receiver.snapshot()).toEqual([]);
    });

    it('tells a late proxy the last report of every node, but not of a silent one', async () => {
      const { publisher, listener, receiver, clock } = await start();
      await publisher.publish(aReport({ node: 'gone' }));
      await listener.until(1);
      clock.turn(15_000);
      await publisher.publish(aReport({ seq: 2 }));
      await listener.until(2);
      await publisher.publish(aReport({ seq: 3 }));
      await listener.until(3);
      expect(receiver.snapshot()).toEqual([aReport({ node: 'gone' }), aReport({ seq: 3 })]);
      clock.turn(10_000);
      expect(receiver.snapshot()).toEqual([aReport({ seq: 3 })]);
    });

    it('has one subscriber', async () => {
      const { receiver } = await start();
      await expect(receiver.subscribe(new Listener())).rejects.toThrow('subscriber already');
    });

    it('refuses a report that is too large and says so to its sender', async () => {
      const { publisher, listener } = await start();
      const servers = Array.from({ length: 200 }, (_, i) => ({
        url: `http://10.0.0.${i}:3001`,
        pool: 'w'.repeat(120),
        tags: Array.from({ length: 2 }, () => 't'.repeat(100)),
      }));
      await expect(publisher.publish(aReport({ servers }))).rejects.toMatchObject({ code: 'too_large' });
      expect(listener.reports).toEqual([]);
    });

    it('says in its health whether it works', async () => {
      const { publisher, receiver, listener } = await start();
      await publisher.publish(aReport());
      await listener.until(1);
      expect(publisher.health()).toMatchObject({ up: true });
      expect(receiver.health()).toMatchObject({ up: true });
      await receiver.close();
      await publisher.close();
      expect(receiver.health()).toMatchObject({ up: false });
      expect(publisher.health()).toMatchObject({ up: false });
    });

    it('closes more than once, and sends nothing afterwards', async () => {
      const { publisher, receiver, listener } = await start();
      await publisher.publish(aReport());
      await listener.until(1);
      await Promise.all([publisher.close(), publisher.close(), receiver.close(), receiver.close()]);
      await expect(publisher.publish(aReport({ seq: 2 }))).rejects.toMatchObject({ code: 'closed' });
      expect(listener.total).toBe(1);
    });

    it('survives 2,000 damaged reports, and takes none that is not valid', async () => {
      const { sendRaw, listener } = await start();
      const base = encodeReport(
        aReport({ stats: { load1: 1, pressure: { cpu: 0.1 }, custom: { queue: 1 } } }),
      );
      const damaged = fc.oneof(
        { weight: 8, arbitrary: mutated(base) },
        { weight: 1, arbitrary: fc.json() },
        { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
      );
      let sent = 0;
      await fc.assert(
        fc.asyncProperty(damaged, async (text) => {
          const heard = listener.reports.length;
          sent += 1;
          await sendRaw(text).catch(() => undefined);
          await listener.until(sent);
          expect(listener.total).toBe(sent);
          if (listener.reports.length === heard) return;
          const { report } = listener.reports.at(-1)!;
          expect(isRefusal(checkReport(report))).toBe(false);
          expect(report).toEqual(JSON.parse(Buffer.from(text).toString()));
        }),
        { numRuns: 2000 },
      );
      expect(listener.refusals.length).toBeGreaterThan(100);
    });
  });
};
