import { describe, expect, it } from 'vitest';
import { SentRequest } from '../../src/proxy/sent-request.ts';

const HEAD = 'GET / HTTP/1.1\r\nHost: a\r\n';

const withHead = (room = 100): SentRequest => {
  const sent = new SentRequest(room);
  sent.headEnds(sent.buffer.write(HEAD));
  sent.endHead();
  return sent;
};
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const keep = (sent: SentRequest, content: string): void => sent.keep(Buffer.from(content), 0, content.length);
const pass = (sent: SentRequest, content: string, mayRepeat: boolean): string =>
  text(sent.pass(Buffer.from(`..${content}..`), 2, 2 + content.length, mayRepeat));

describe('what is sent to a server', () => {
  it('is a head and the content that came before it went out', () => {
    const sent = withHead();
    keep(sent, 'some');
    keep(sent, 'thing');
    expect(text(sent.all())).toBe(`${HEAD}\r\nsomething`);
    expect(sent.isWhole).toBe(true);
  });

  it('has room for any head, and for any content that has to be kept', () => {
    const sent = withHead(100_000);
    expect(sent.buffer.length).toBeGreaterThanOrEqual(100_000);
    keep(sent, 'x'.repeat(200_000));
    expect(text(sent.all())).toBe(`${HEAD}\r\n${'x'.repeat(200_000)}`);
  });

  it('keeps content that may be sent again, up to 64 KiB', () => {
    const sent = withHead();
    expect(pass(sent, 'a'.repeat(60_000), true)).toBe('a'.repeat(60_000));
    expect(pass(sent, 'b'.repeat(5536), true)).toBe('b'.repeat(5536));
    expect(sent.isWhole).toBe(true);
    expect(text(sent.all())).toBe(`${HEAD}\r\n${'a'.repeat(60_000)}${'b'.repeat(5536)}`);
    expect(pass(sent, 'c', true)).toBe('c');
    expect(sent.isWhole).toBe(false);
    expect(pass(sent, 'd', true)).toBe('d');
  });

  it('does not keep what may not be sent again', () => {
    const sent = withHead();
    expect(pass(sent, 'once', false)).toBe('once');
    expect(sent.isWhole).toBe(false);
    expect(text(sent.all())).toBe(`${HEAD}\r\n`);
  });

  it('gives content a place of its own, whatever its size', () => {
    const sent = withHead();
    for (const size of [1, 65_536, 65_537, 300_000]) {
      const bytes = Buffer.alloc(size, 'x');
      const given = sent.pass(bytes, 0, size, false);
      bytes.fill('#');
      expect(text(given)).toBe('x'.repeat(size));
    }
  });

  it('gives its memory back for the next, unless something of it is still to be written', () => {
    const first = withHead();
    const { buffer } = first;
    first.free(true);
    const second = withHead();
    expect(second.buffer).not.toBe(buffer);
    const used = second.buffer;
    second.free(false);
    expect(second.length).toBe(0);
    expect(withHead().buffer).toBe(used);
  });
});
