import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answer, readAnswer } from '../../src/state/http-answer.ts';

const OK = 'HTTP/1.1 204 No Content\r\nDate: now\r\nConnection: keep-alive\r\n\r\n';
const REFUSED = 'HTTP/1.1 409 Conflict\r\ncontent-type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}';
const CHUNKED = 'HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n';
const EARLY = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}`;
const UNTIL_CLOSE = 'HTTP/1.0 502 Bad Gateway\r\n\r\n<html>';

const essence = (answer: Answer | undefined) =>
  answer && { status: answer.status, text: answer.text, reusable: answer.reusable };

describe('readAnswer', () => {
  it.each([
    ['a report that was taken', OK, { status: 204, text: '', reusable: true }],
    ['interim answers before it', EARLY, { status: 204, text: '', reusable: true }],
    [
      'one that ends the connection',
      OK.replace('keep-alive', 'Close'),
      { status: 204, text: '', reusable: false },
    ],
    ['a body with a length', REFUSED, { status: 409, text: '{"a":1}', reusable: false }],
    ['a body in chunks', CHUNKED, { status: 500, text: '{"a":1}', reusable: false }],
    [
      'text beyond ASCII',
      Buffer.from('HTTP/1.1 400 Bad\r\ncontent-length: 2\r\n\r\nü').toString('latin1'),
      { status: 400, text: 'ü', reusable: false },
    ],
  ])('reads %s', (_, bytes, answer) => {
    expect(readAnswer(bytes, false)).toMatchObject(answer);
  });

  it.each([OK, REFUSED, CHUNKED, EARLY])('waits for the rest, wherever it was cut: %#', (bytes) => {
    for (let i = 0; i < bytes.length - 7; i++) {
      const early = readAnswer(bytes.slice(0, i), false);
      // Chunks may end before their trailer has: nothing more is of interest then.
      if (early) expect(essence(early)).toEqual(essence(readAnswer(bytes, false)));
      else expect(early).toBeUndefined();
    }
    expect(readAnswer(bytes.slice(0, bytes.indexOf('\r\n\r\n')), false)).toBeUndefined();
  });

  it('leaves what follows a change of protocol as it came', () => {
    const bytes = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade:  forehand-reports \r\n\r\n\u00c3\u00bc\n';
    const answer = readAnswer(bytes, false);
    expect(answer).toMatchObject({ status: 101, text: '\u00c3\u00bc\n', reusable: false });
    expect(answer?.field('upgrade')).toBe('forehand-reports');
    expect(answer?.field('connection')).toBe('');
  });

  it('takes what has come of a body for all of it when the connection ends', () => {
    expect(readAnswer(UNTIL_CLOSE, false)).toBeUndefined();
    expect(readAnswer(UNTIL_CLOSE, true)).toMatchObject({ status: 502, text: '<html>', reusable: false });
    expect(readAnswer(REFUSED.slice(0, -2), true)).toMatchObject({ status: 409, text: '{"a":' });
    expect(readAnswer(CHUNKED.slice(0, -12), true)).toMatchObject({ status: 500 });
  });

  it.each(['', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', 'HTTP/2 200\r\n\r\n', 'HTTP/1.1 2x4\r\n\r\n', OK.slice(0, -2)])(
    'finds no answer in %j',
    (bytes) => {
      expect(readAnswer(bytes, true)).toBeUndefined();
    },
  );

  it('comes to an end on whatever is sent', () => {
    const piece = fc.constantFrom(
      'HTTP/1.1 200 x',
      '\r\n',
      '0',
      'f',
      '-1',
      'transfer-encoding: chunked',
      OK,
      CHUNKED,
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.boolean(), (pieces, ended) => {
        readAnswer(pieces.join(''), ended);
      }),
    );
  });
});
