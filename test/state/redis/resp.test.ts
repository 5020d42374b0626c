import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCommands, ReplyReader } from '../../../src/state/redis/resp.ts';

describe('commands for redis', () => {
  it('are written with the length of each part in bytes', () => {
    expect(encodeCommands([['set', 'é', 'a\r\nb', 'PX', 15_000], ['ping']])).toBe(
      '*5\r\n$3\r\nset\r\n$2\r\né\r\n$4\r\na\r\nb\r\n$2\r\nPX\r\n$5\r\n15000\r\n*1\r\n$4\r\nping\r\n',
    );
  });
});

describe('answers of redis', () => {
  it('are the same however the bytes were cut', () => {
    const bytes = '+OK\r\n:12\r\n-ERR no\r\n+\r\n';
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 6 }), (cuts) => {
        const reader = new ReplyReader();
        const ends = [...cuts.sort((a, b) => a - b), bytes.length];
        const replies = ends.flatMap((end, i) => reader.read(bytes.slice(ends[i - 1] ?? 0, end)) ?? []);
        expect(replies).toEqual([
          { isError: false, text: 'OK' },
          { isError: false, text: '12' },
          { isError: true, text: 'ERR no' },
          { isError: false, text: '' },
        ]);
      }),
    );
  });

  it.each(['HTTP/1.1 400 Bad Request\r\n\r\n', '$3\r\nabc\r\n', '+'.padEnd(5000, 'x')])(
    'are not %j',
    (bytes) => {
      expect(new ReplyReader().read(bytes)).toBeUndefined();
    },
  );
});
