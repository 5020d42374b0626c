import { PassThrough, type Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { REPLAY_BYTES, ReplayBody } from '../../src/middleware/replay-body.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const aBody = () => {
  const source = new PassThrough();
  const totals: number[] = [];
  const body = new ReplayBody(source, (total) => totals.push(total));
  return { source, body, totals };
};

const readAll = async (stream: Readable): Promise<string> => Buffer.concat(await stream.toArray()).toString();

describe('a body', () => {
  it('is not read before somebody wants it', async () => {
    const { source, body, totals } = aBody();
    source.write('x');
    body.stream();
    await turn();
    expect(totals).toEqual([]);
  });

  it('goes to the first attempt as it comes, and is counted', async () => {
    const { source, body, totals } = aBody();
    const all = readAll(body.stream());
    source.write('one');
    await turn();
    source.end('two');
    expect(await all).toBe('onetwo');
    expect(totals).toEqual([3, 6]);
  });

  it('is replayed from the start, then goes on; the attempt before gets no more', async () => {
    const { source, body } = aBody();
    const first = body.stream();
    const heard: string[] = [];
    first.on('data', (chunk) => heard.push(String(chunk)));
    source.write('one');
    await turn();
    const second = readAll(body.stream());
    source.end('two');
    expect(await second).toBe('onetwo');
    expect(await readAll(body.stream())).toBe('onetwo');
    expect(heard).toEqual(['one']);
    expect(body.replayable).toBe(true);
  });

  it('is kept up to its limit and not beyond', async () => {
    const { source, body } = aBody();
    const stream = body.stream().resume();
    source.write(Buffer.alloc(REPLAY_BYTES));
    await turn();
    expect(body.replayable).toBe(true);
    source.write('x');
    await turn();
    expect(body.replayable).toBe(false);
    stream.destroy();
  });

  it('is read no faster than the attempt reads', async () => {
    const { source, body, totals } = aBody();
    const stream = body.stream();
    stream.read(0);
    for (let i = 0; i < 50; i++) source.write(Buffer.alloc(16_384));
    await turn();
    expect(totals.at(-1)).toBeLessThan(100_000);
    expect(body.waitsForClient).toBe(false);
    stream.resume();
    await turn();
    await turn();
    expect(totals.at(-1)).toBe(50 * 16_384);
    expect(body.waitsForClient).toBe(true);
  });

  it('runs out when nobody wants it any more', async () => {
    const { source, body, totals } = aBody();
    body.stream().read(0);
    source.write('one');
    body.discard();
    source.end(Buffer.alloc(200_000));
    await turn();
    await turn();
    expect(totals.at(-1)).toBe(200_003);
    expect(body.replayable).toBe(false);
    expect(body.waitsForClient).toBe(false);
  });
});
