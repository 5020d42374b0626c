import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { checkReport, encodeReport, isRefusal } from '../../src/core/report.ts';
import { HttpReceiver } from '../../src/state/http-receive.ts';
import { reportLine } from '../../src/state/http-stream-protocol.ts';
import { mutated } from './conformance.ts';
import { RawStream, tokensOf } from './http-support.ts';
import { aReport, Listener, NO_LIMIT, TOKEN } from './support.ts';

const RUNS = Number(process.env['FUZZ_CASES'] ?? 3000);

const open: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

/** A receiver, and a stream to it that is opened anew whenever the proxy has closed it. */
const rig = async () => {
  const receiver = new HttpReceiver({
    listen: { host: '127.0.0.1', port: 0 },
    tokens: tokensOf(TOKEN),
    rate: NO_LIMIT,
  });
  const listener = new Listener();
  await receiver.subscribe(listener);
  open.push(receiver);
  let stream: RawStream | undefined;
  open.push({ close: () => stream?.socket.destroy() });
  const current = (): RawStream => {
    if (!stream || stream.socket.destroyed || stream.socket.readableEnded)
      stream = new RawStream(receiver.address!);
    return stream;
  };
  return { listener, current };
};

const good = encodeReport(aReport({ stats: { load1: 1, pressure: { cpu: 0.1 }, custom: { queue: 1 } } }));
const line = reportLine(good, 1_750_000_000_000, 3);
const linesIn = (bytes: Buffer): readonly string[] => bytes.toString().split('\n').slice(0, -1);

const damaged = fc
  .oneof(
    { weight: 6, arbitrary: mutated(line).map((text) => Buffer.from(text)) },
    { weight: 2, arbitrary: mutated(line.repeat(3)).map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.nat({ max: line.length }).map((end) => Buffer.from(line.slice(0, end))) },
  )
  .map((bytes) => Buffer.concat([bytes, Buffer.from('\n')]));

describe('a stream of damaged lines', () => {
  it(`counts each of ${RUNS}, and takes none that is not valid`, { timeout: 600_000 }, async () => {
    const { listener, current } = await rig();
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(damaged, fc.integer({ min: 1, max: 400 }), async (bytes, piece) => {
        const before = listener.reports.length;
        sent += linesIn(bytes).length;
        const { socket } = current();
        for (let at = 0; at < bytes.length; at += piece) socket.write(bytes.subarray(at, at + piece));
        await listener.until(sent);
        expect(listener.total).toBe(sent);
        const valid = linesIn(bytes).map((text) => text.replace(/^\d{1,16} \d{1,5} (?=\{)/, ''));
        for (const { report } of listener.reports.slice(before)) {
          expect(isRefusal(checkReport(report))).toBe(false);
          expect(valid.some((text) => isText(text, report))).toBe(true);
        }
      }),
      { numRuns: RUNS },
    );
    expect(listener.refusals.length).toBeGreaterThan(RUNS / 4);
    expect(listener.reports.length).toBeGreaterThan(0);
  });

  it('takes many lines in one piece, cut anywhere', async () => {
    const { listener, current } = await rig();
    const { socket } = current();
    const bytes = Buffer.from(line.repeat(20));
    for (let at = 0; at < bytes.length; at += 97) socket.write(bytes.subarray(at, at + 97));
    socket.write(bytes);
    await listener.until(40);
    expect(listener.refusals).toEqual([]);
  });

  it.each([65_537, 70_000, 200_000, 3_000_000])('refuses one of %i bytes once, and ends', async (size) => {
    const { listener, current } = await rig();
    const stream = current();
    stream.write(Buffer.alloc(size, 'x'));
    stream.write('\n');
    await listener.until(1);
    if (size > 66_000) await stream.closed;
    expect(listener.codes).toEqual(['too_large']);
    current().write(line);
    await listener.until(2);
    expect(listener.reports).toHaveLength(1);
  });

  it('counts nothing for a line whose end never came', async () => {
    const { listener, current } = await rig();
    const stream = current();
    stream.write(line + line.slice(0, 100));
    await listener.until(1);
    stream.socket.end();
    await stream.closed;
    expect(listener.total).toBe(1);
  });
});

const isText = (text: string, report: unknown): boolean => {
  try {
    expect(report).toEqual(JSON.parse(text));
    return true;
  } catch {
    return false;
  }
};
