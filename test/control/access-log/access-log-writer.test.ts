import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LogTarget } from '../../../src/control/access-log/access-log-target.ts';
import { ChunkWriter } from '../../../src/control/access-log/access-log-writer.ts';
import { seededRandom } from '../../../src/core/random.ts';

type Done = (error: Error | undefined, upTo: number) => void;

/** A target whose writes end when the test says so. */
class SlowTarget implements LogTarget {
  text = '';
  isClosed = false;
  under: { readonly bytes: Buffer; readonly from: number; readonly done: Done } | undefined = undefined;

  write(bytes: Buffer, from: number, done: Done): void {
    if (this.under || this.isClosed) throw new Error('a write at the wrong time');
    this.under = { bytes, from, done };
  }

  close(): void {
    this.isClosed = true;
  }

  /** Takes so many bytes of the write under way. */
  take(most = Number.POSITIVE_INFINITY): void {
    const { bytes, from, done } = this.under ?? expect.fail('no write is under way');
    this.under = undefined;
    const upTo = Math.min(bytes.length, from + most);
    this.text += bytes.toString('latin1', from, upTo);
    done(undefined, upTo);
  }

  fail(): void {
    const { from, done } = this.under ?? expect.fail('no write is under way');
    this.under = undefined;
    done(new Error('ENOSPC'), from);
  }
}

const setUp = () => {
  const target = new SlowTarget();
  const faults: string[] = [];
  const writer = new ChunkWriter(target, (error) => faults.push(error.message));
  const add = (...lines: readonly string[]): void =>
    writer.add(Buffer.from(`${lines.join('\n')}\n`), lines.length);
  return { target, faults, writer, add };
};

afterEach(() => {
  vi.useRealTimers();
});

describe('the writer', () => {
  it('writes one chunk after the other, and counts', () => {
    const { target, writer, add } = setUp();
    add('a', 'b');
    add('c');
    expect(writer).toMatchObject({ held: 6, written: 0, isIdle: false });
    target.take();
    expect(writer).toMatchObject({ held: 2, written: 2 });
    target.take();
    expect(writer).toMatchObject({ held: 0, written: 3, isIdle: true });
    expect(target.text).toBe('a\nb\nc\n');
  });

  it('goes on where a short write ended', () => {
    const { target, add } = setUp();
    add('abcdef');
    for (let i = 0; i < 7; i++) target.take(1);
    expect(target.text).toBe('abcdef\n');
    expect(target.under).toBeUndefined();
  });

  it('tries again a second after an error, and not for every chunk that is added', () => {
    vi.useFakeTimers();
    const { target, faults, writer, add } = setUp();
    add('a');
    target.fail();
    add('b');
    expect(target.under).toBeUndefined();
    expect(writer.fault?.message).toBe('ENOSPC');
    vi.advanceTimersByTime(1000);
    target.take();
    target.take();
    expect(target.text).toBe('a\nb\n');
    expect(faults).toEqual(['ENOSPC']);
    expect(writer.fault).toBeUndefined();
  });

  it('changes to another target between chunks, and closes the one before', async () => {
    const { target, writer, add } = setUp();
    add('a', 'b');
    add('c');
    const next = new SlowTarget();
    const changed = writer.change(next);
    target.take(1);
    expect(target.isClosed).toBe(false);
    target.take();
    await changed;
    next.take();
    expect([target.text, next.text]).toEqual(['a\nb\n', 'c\n']);
    expect(target.isClosed).toBe(true);
  });

  it('changes at once where nothing is under way', async () => {
    const { target, writer, add } = setUp();
    const next = new SlowTarget();
    await writer.change(next);
    add('a');
    next.take();
    expect([target.isClosed, next.text]).toEqual([true, 'a\n']);
  });

  it('writes a line again from its start where the old target broke off within it', async () => {
    const { target, writer, add } = setUp();
    add('aa', 'bb', 'cc');
    target.take(4);
    target.fail();
    const next = new SlowTarget();
    await writer.change(next);
    next.take();
    expect([target.text, next.text]).toEqual(['aa\nb', 'bb\ncc\n']);
    expect(writer).toMatchObject({ written: 3, held: 0 });
  });

  it('leaves a target that was replaced before its turn', async () => {
    const { target, writer, add } = setUp();
    add('a');
    const [unused, next] = [new SlowTarget(), new SlowTarget()];
    const changes = [writer.change(unused), writer.change(next)];
    target.take();
    await Promise.all(changes);
    expect([target.isClosed, unused.isClosed, next.isClosed]).toEqual([true, true, false]);
  });

  it('loses no line and tears none over short writes, errors and changes', async () => {
    vi.useFakeTimers();
    const { next: random } = seededRandom(42);
    const { target: first, writer, add } = setUp();
    const targets = [first];
    let now = first;
    let lines = 0;
    for (let i = 0; i < 5000; i++) {
      const chance = random();
      if (chance < 0.3) {
        const some = Array.from({ length: 1 + Math.floor(random() * 4) }, () => `line-${lines++}`);
        add(...some);
      } else if (chance < 0.33) {
        const next = new SlowTarget();
        targets.push(next);
        void writer.change(next);
      } else if (now.under && chance < 0.4) now.fail();
      else if (now.under) now.take(Math.ceil(random() * 60));
      else vi.advanceTimersByTime(1000);
      now = targets.findLast((one) => !one.isClosed && one.under) ?? now;
    }
    while (!writer.isIdle) {
      vi.advanceTimersByTime(1000);
      now = targets.findLast((one) => one.under) ?? now;
      now.take();
    }
    // What stands behind the last line feed of a target was begun there and is whole in the next.
    const whole = targets.flatMap(({ text }) => text.split('\n').slice(0, -1));
    expect(whole).toEqual(Array.from({ length: lines }, (_, i) => `line-${i}`));
    expect(writer).toMatchObject({ written: lines, held: 0 });
  });

  it('gives memory back that has been written, and no other', () => {
    const { target, writer } = setUp();
    const bytes = Buffer.allocUnsafeSlow(64).fill('\n');
    writer.add(bytes.subarray(0, 3), 3);
    expect(writer.takeSpare(64)).toBeUndefined();
    target.take();
    expect(writer.takeSpare(64)?.buffer).toBe(bytes.buffer);
    expect(writer.takeSpare(64)).toBeUndefined();
    writer.add(Buffer.allocUnsafeSlow(32).fill('\n'), 32);
    target.take();
    expect(writer.takeSpare(64)).toBeUndefined();
  });
});

describe('the end of the writer', () => {
  it('writes what is left', async () => {
    const { target, writer, add } = setUp();
    add('a');
    add('b');
    const closed = writer.close();
    target.take();
    target.take();
    expect(await closed).toBe(0);
    expect([target.text, target.isClosed]).toEqual(['a\nb\n', true]);
  });

  it('gives up at the first error, and says how many lines are lost', async () => {
    const { target, writer, add } = setUp();
    add('a', 'b', 'c');
    add('d');
    const closed = writer.close();
    target.take(3);
    target.fail();
    expect(await closed).toBe(3);
    expect(writer).toMatchObject({ written: 1, held: 0 });
  });

  it('gives up on a write that does not end after two seconds', async () => {
    vi.useFakeTimers();
    const { target, writer, add } = setUp();
    add('a');
    const closed = writer.close();
    await vi.advanceTimersByTimeAsync(2000);
    expect(await closed).toBe(1);
    target.take();
    expect(writer).toMatchObject({ held: 0, written: 0 });
  });
});
