import { EVIL, HELLO, LAST, OK, ok, responseCases } from './response-case.ts';

const length = (value: string): string => ok(`Content-Length:${value}\r\n`, 'hello');
const coded = (value: string): string => ok(`Transfer-Encoding:${value}\r\n`, HELLO);
const chunked = (body: string): string => ok('Transfer-Encoding: chunked\r\n', body);
const sized = (size: string): string => chunked(`${size}\r\nhello\r\n${LAST}`);
const ENDS = { ends: true };
const HEAD = { method: 'HEAD' } as const;
const CUT = { ends: true, isCut: true };

/** RFC 9112, 7.1: content whose end cannot be trusted. A 502, unless the head has gone out before: then a cut. */
export const ANSWER_CHUNK_CASES = responseCases([
  ['a chunk size that is no number', sized('zz'), 502],
  ['no chunk size', sized(''), 502],
  ['a negative chunk size', sized('-5'), 502],
  ['a chunk size with 0x', sized('0x5'), 502],
  ['a blank before the chunk size', sized(' 5'), 502],
  ['a blank behind the chunk size', sized('5 '), 502],
  ['a chunk size of 64 bits and a bit', sized('10000000000000005'), 502],
  ['a line feed alone behind the chunk size', chunked(`5\nhello\r\n${LAST}`), 502],
  ['an extension that ends with a line feed', chunked(`5;a\nhello\r\n${LAST}`), 502],
  ['a chunk size line longer than anybody sends', sized(`5;${'x'.repeat(4096)}`), 502],
  ['more than the chunk size', chunked(`4\r\nhello\r\n${LAST}`), 502],
  ['less than the chunk size', chunked(`6\r\nhello\r\n${LAST}`), 502],
  ['a line feed alone behind the data', chunked(`5\r\nhello\n${LAST}`), 502],
  ['an answer in place of a chunk', chunked(`5\r\nhello\r\n${EVIL}`), 502],
  ['a folded trailer', chunked('5\r\nhello\r\n0\r\nX: y\r\n z\r\n\r\n'), 502],
  ['a trailer without a name', chunked('5\r\nhello\r\n0\r\n: y\r\n\r\n'), 502],
  ['an answer in place of trailers', chunked(`5\r\nhello\r\n0\r\n${EVIL}`), 502],
]);

/** RFC 9112, 6 and 7: where answers end. */
export const ANSWER_BODY_CASES = responseCases([
  ['a length and chunked', ok('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', HELLO), 502],
  ['chunked and a length', ok('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', HELLO), 502],
  ['two lengths', ok('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello'), 502],
  ['two equal lengths', ok('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'), 502],
  ['a list of lengths', length(' 5, 6'), 502],
  ['a list of equal lengths', length(' 5, 5'), 502],
  ['a plus', length(' +5'), 502],
  ['a minus', length(' -5'), 502],
  ['hexadecimal', length(' 0x5'), 502],
  ['a fraction', length(' 5.0'), 502],
  ['a word', length(' five'), 502],
  ['no length', length(''), 502],
  ['a vertical tab before the length', length(' \x0b5'), 502],
  ['a length of 2^64 and 5', length(' 18446744073709551621'), 502],
  ['a bad length for HEAD', ok('Content-Length: x\r\n'), 502, HEAD],
  ['xchunked', coded(' xchunked'), 502],
  ['identity', coded(' identity'), 502],
  ['gzip', coded(' gzip'), 502],
  ['gzip, chunked', coded(' gzip, chunked'), 502],
  ['chunked, gzip', coded(' chunked, gzip'), 502],
  ['chunked twice', coded(' chunked, chunked'), 502],
  ['chunked in quotes', coded(' "chunked"'), 502],
  ['a vertical tab before chunked', coded(' \x0bchunked'), 502],
  ['an empty coding', coded(''), 502],
  ['two codings', ok('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', HELLO), 502],
  ['chunked on HTTP/1.0', coded(' chunked').replace('1.1', '1.0'), 502],
  ['chunked on 204', coded(' chunked').replace('200', '204'), 502],
  ['chunked on 103', coded(' chunked').replace('200', '103'), 502],
  [
    'an interim answer with content',
    `HTTP/1.1 103 E\r\nContent-Length: 4\r\n\r\nevil${ok('')}`,
    ['103 ', '502'],
  ],
  ['33 interim answers', 'HTTP/1.1 100 C\r\n\r\n'.repeat(33) + EVIL, [...Array(32).fill('100 '), '502']],
  [
    'a switch of protocols that nobody asked for',
    'HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    502,
  ],
  ['garbage behind an interim answer', 'HTTP/1.1 100 C\r\n\r\ngarbage\r\n', ['100 ', '502']],
  ['an interim answer and no other', 'HTTP/1.1 100 C\r\n\r\n', ['100 ', '502'], ENDS],
  ['less than the length', ok('Content-Length: 6\r\n', 'hello'), OK, CUT],
  ['nothing of the length', ok('Content-Length: 6\r\n'), ['200 '], CUT],
  ['half a chunk', chunked('5\r\nhel'), ['200 hel'], CUT],
  ['no last chunk', chunked('5\r\nhello\r\n'), OK, CUT],
  ['half of the last chunk', chunked('5\r\nhello\r\n0\r\n'), OK, CUT],
  ['half of the trailers', chunked('5\r\nhello\r\n0\r\nX: y\r\n'), OK, CUT],
  ['a length', length(' 5'), OK],
  ['a length with zeros before it', length(' 0005'), OK],
  ['a length without a blank', length('5'), OK],
  ['a length of 0', ok('Content-Length: 0\r\n'), ['200 ']],
  ['chunks', coded(' chunked'), OK],
  ['chunked in capitals', coded(' CHUNKED'), OK],
  ['a chunk extension', sized('5;a=b'), OK],
  ['zeros before the chunk size', sized('0005'), OK],
  ['trailers', chunked('5\r\nhello\r\n0\r\nX: y\r\n\r\n'), OK],
  ['framing among trailers', chunked('5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n'), OK],
  ['no framing', ok('', 'hello'), OK, ENDS],
  ['no framing and no content', ok(''), ['200 '], ENDS],
  ['no framing on HTTP/1.0', ok('', 'hello').replace('1.1', '1.0'), OK, ENDS],
  ['an answer in a body without framing', ok('', EVIL), [`200 ${EVIL}`], ENDS],
  ['a 304 with a length', 'HTTP/1.1 304 N\r\nContent-Length: 5\r\n\r\n', ['304 ']],
  ['HEAD with a length', ok('Content-Length: 5\r\n'), ['200 '], HEAD],
  ['a 205 with content', length(' 5').replace('200', '205'), ['205 hello']],
  ['an interim answer before it', `HTTP/1.1 100 C\r\n\r\n${length(' 5')}`, ['100 ', ...OK]],
  [
    'an interim answer with a length of 0',
    `HTTP/1.1 103 E\r\nContent-Length: 0\r\n\r\n${length(' 5')}`,
    ['103 ', ...OK],
  ],
  ['an interim answer that nobody knows', `HTTP/1.1 199 E\r\n\r\n${length(' 5')}`, ['199 ', ...OK]],
  [
    '32 interim answers',
    'HTTP/1.1 100 C\r\n\r\n'.repeat(32) + length(' 5'),
    [...Array(32).fill('100 '), ...OK],
  ],
]);

/** RFC 9112, 6.3 and 9.2: what stands behind an answer belongs to nobody. */
export const ANSWER_SURPLUS_CASES = responseCases([
  ['an answer behind the length', length(' 5') + EVIL, OK],
  ['an answer behind the chunks', coded(' chunked') + EVIL, OK],
  ['an answer behind a 204', `HTTP/1.1 204 N\r\n\r\n${EVIL}`, ['204 ']],
  ['a 204 with a length and content', 'HTTP/1.1 204 N\r\nContent-Length: 5\r\n\r\nhello', ['204 ']],
  ['a 304 with content', 'HTTP/1.1 304 N\r\nContent-Length: 5\r\n\r\nhello', ['304 ']],
  ['a 304 with chunks', `HTTP/1.1 304 N\r\nTransfer-Encoding: chunked\r\n\r\n${HELLO}`, ['304 ']],
  ['HEAD with a length and content', length(' 5'), ['200 '], HEAD],
  ['HEAD with chunks', coded(' chunked'), ['200 '], HEAD],
  ['HEAD with an answer behind it', ok('Content-Length: 5\r\n') + EVIL, ['200 '], HEAD],
]);
