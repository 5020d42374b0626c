import fc from 'fast-check';
import type { MessageKind } from './corpus.ts';
import { spice } from './spice.ts';

/** Mostly the first value. */
const mostly = (usual: string, ...others: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 30, arbitrary: fc.constant(usual) },
    { weight: 3, arbitrary: fc.constantFrom(usual, ...others) },
    { weight: 1, arbitrary: spice },
  );

const startLine: Record<MessageKind, fc.Arbitrary<string>> = {
  request: fc
    .tuple(
      mostly('GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'CONNECT', 'get', 'PURGE', 'QUERY'),
      mostly(' ', '  ', '\t'),
      mostly(
        '/',
        '/a/b?c=d',
        '*',
        'http://h',
        'http://h/p',
        'http://u@h/',
        'h:80',
        '//h/p',
        '/%zz',
        '/a#b',
        '/{}|^`',
        '/\\',
        '/"',
        '/\xe9',
        'ftp://h/',
      ),
      mostly(' ', '  ', ''),
      mostly('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/1.2', 'http/1.1', 'HTTP/1.', 'HTTP/01.1', 'HTTP/1.1 '),
    )
    .map((parts) => parts.join('')),
  response: fc
    .tuple(
      mostly('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'http/1.1', 'ICY'),
      mostly(' ', '  ', '\t'),
      mostly('200', '100', '101', '103', '204', '304', '099', '1000', '20', '2 0', '999', '404'),
      mostly(' OK', '', ' ', '  two', ' \xe9', ' a\0b', 'OK'),
    )
    .map((parts) => parts.join('')),
};

const field = fc
  .tuple(
    mostly(
      'X-Y',
      'Host',
      'Content-Length',
      'Transfer-Encoding',
      'Connection',
      'Upgrade',
      'Trailer',
      'Te',
      'Expect',
      'X_Y',
      'Keep-Alive',
      '',
    ),
    mostly(': ', ':', ' : ', ':\t', ':  ', '', ' '),
    mostly(
      'a',
      '0',
      '5',
      '05',
      '5, 5',
      '-1',
      'chunked',
      'Chunked',
      'x, chunked',
      'chunked, chunked',
      'close',
      'keep-alive',
      'upgrade',
      'x-y',
      '100-continue',
      'h2c',
      '',
      '\xff',
    ),
    mostly('', ' ', '\t'),
    mostly('\r\n', '\n', '\r', '\r\n ', '\r\n\t'),
  )
  .map((parts) => parts.join(''));

const chunk = fc
  .tuple(
    mostly('5', '05', '005', '5;a', '5;a=b', '5 ;a', '5; a=b', '5;a="b;c"', '5;', '0x5', '+5', '4', '6', 'A'),
    mostly('\r\n', '\n', '\r', ';\r\n'),
    mostly('hello', 'hello!', 'hell', '0123456789'),
    mostly('\r\n', '\n', '\r', ''),
  )
  .map((parts) => parts.join(''));

const lastChunk = fc
  .tuple(
    mostly('0', '00', '0;a=b', '0000000000000000000'),
    mostly('\r\n', '\n', '\r'),
    mostly('', 'A: b\r\n', 'Content-Length: 5\r\n', 'A\r\n', ' A: b\r\n'),
    mostly('\r\n', '\n', '\r', ''),
  )
  .map((parts) => parts.join(''));

const content = fc.oneof(
  fc.constantFrom('', 'hello'),
  fc.tuple(fc.array(chunk, { maxLength: 3 }), lastChunk).map(([chunks, last]) => chunks.join('') + last),
);

/** Put together by the grammar, here and there against it. */
export const grown = (kind: MessageKind): fc.Arbitrary<string> =>
  fc
    .tuple(
      startLine[kind],
      mostly('\r\n', '\n', '\r'),
      mostly(kind === 'request' ? 'Host: a.example\r\n' : 'Date: x\r\n', '', 'Host: a b\r\n'),
      mostly('Transfer-Encoding: chunked\r\n', '', 'Content-Length: 5\r\n'),
      fc.array(field, { maxLength: 4 }).map((fields) => fields.join('')),
      mostly('\r\n', '\n', ''),
      content,
    )
    .map((parts) => parts.join(''));
