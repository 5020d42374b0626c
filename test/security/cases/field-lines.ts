import { get, OUTER, post, type RequestRows, requestCases } from './request-case.ts';

const A = ['GET /outer '];

const hex = (character: string): string => `0x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;

const inValue: RequestRows = [...'\0\x01\x07\x08\x0b\x0c\x0e\x1b\x1f\x7f'].map((control) => [
  `the control character ${hex(control)} in a value`,
  get(`X: a${control}b\r\n`),
  400,
]);

const inName: RequestRows = [...'"(),/;<=>?@[\\]{} \t\0\x7f\xe9'].map((character) => [
  `${hex(character)} in a name`,
  get(`X${character}Y: z\r\n`),
  400,
]);

/** RFC 9112, 5 and RFC 9110, 5: a token, a colon, a value without control characters, CRLF. And Connection. */
export const FIELD_LINE_CASES = requestCases([
  ...inValue,
  ...inName,
  ['an empty name', get(': x\r\n'), 400],
  ['an empty name before a length', post(': x\r\nContent-Length: 5\r\n', 'hello'), 400],
  ['a colon alone', get(':\r\n'), 400],
  ['no colon', get('X\r\n'), 400],
  ['a blank before the colon', get('X : y\r\n'), 400],
  ['a tab before the colon', get('X\t: y\r\n'), 400],
  ['a fold with a blank', get('X: y\r\n z\r\n'), 400],
  ['a fold with a tab', get('X: y\r\n\tz\r\n'), 400],
  ['a fold that is empty', get('X: y\r\n \r\n'), 400],
  ['a blank before the first field', 'GET /outer HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n', 400],
  ['a bare line feed', get('X: y\nZ: z\r\n'), 400],
  ['a bare carriage return', get('X: y\rZ: z\r\n'), 400],
  ['two carriage returns', get('X: y\r\r\n'), 400],
  ['an empty line of a line feed', 'GET /outer HTTP/1.1\r\nHost: a\r\n\n', 400],
  ['an empty line of a carriage return', 'GET /outer HTTP/1.1\r\nHost: a\r\n\rX: y\r\n\r\n', 400],
  ['line feeds only', 'GET /outer HTTP/1.1\nHost: a\n\n', 400],
  ['carriage returns only', 'GET /outer HTTP/1.1\rHost: a\r\r', 400],
  ['101 fields', get('X: y\r\n'.repeat(100)), 431],
  ['a head of more than 16 KiB', get(`X: ${'y'.repeat(16_384)}\r\n`), 431],
  ['a name of more than 16 KiB', get(`${'X'.repeat(16_384)}: y\r\n`), 431],
  ['a member of Connection that is no token', get('Connection: a b\r\n'), 400],
  ['a member of Connection in quotes', get('Connection: "close"\r\n'), 400],
  ['Connection with a vertical tab', get('Connection: close\x0b\r\n'), 400],
  ['Connection with more members than anybody has', get(`Connection: ${'x, '.repeat(40)}x\r\n`), 400],
  ...[
    'X-Forwarded-For',
    'x-forwarded-proto',
    'X-Forwarded-Anything',
    'X-Request-Id',
    'Forwarded',
    'X-Real-IP',
    'Cookie',
    'Authorization',
  ].map((name): RequestRows[number] => [
    `Connection that names ${name}`,
    get(`Connection: close, ${name}\r\n`),
    400,
  ]),
  ['an expectation that nobody knows', post('Expect: magic\r\nContent-Length: 5\r\n', 'hello'), 417],
  [
    'an expectation with more behind it',
    post('Expect: 100-continue, x\r\nContent-Length: 5\r\n', 'hello'),
    417,
  ],
  [
    'an expectation with more before it',
    post('Expect: y 100-continue\r\nContent-Length: 5\r\n', 'hello'),
    417,
  ],
  ['an empty expectation', post('Expect:\r\nContent-Length: 5\r\n', 'hello'), 417],
  [
    'a known and an unknown expectation',
    post('Expect: 100-continue\r\nExpect: x\r\nContent-Length: 5\r\n', 'hello'),
    417,
  ],
  [
    'an expectation with a vertical tab',
    post('Expect: \x0b100-continue\r\nContent-Length: 5\r\n', 'hello'),
    400,
  ],
  ['an expectation in capitals', post('Expect: 100-CONTINUE\r\nContent-Length: 5\r\n', 'hello'), OUTER],
  ['an expectation without content', get('Expect: 100-continue\r\n'), A],
  ['no value', get('X:\r\n'), A],
  ['blanks around the value', get('X: \t y \t\r\n'), A],
  ['high bytes in a value', get('X: \xe9\xff\x80\r\n'), A],
  ['a tab in a value', get('X: a\tb\r\n'), A],
  ['every character that a name may have', get("!#$%&'*+-.^`|~09azAZ: y\r\n"), A],
  ['names with underscores', get('X_Forwarded_For: 1\r\n__proto__: 1\r\nX-Forwarded_For: 1\r\n'), A],
  ['a name that JavaScript knows', get('constructor: 1\r\nhasOwnProperty: 2\r\n'), A],
  ['100 fields', get('X: y\r\n'.repeat(99)), A],
  ['Connection with empty members', get('Connection: , ,keep-alive,,\r\n'), A],
  ['Connection that names a field', get('X: y\r\nConnection: x\r\n'), A],
  ['Proxy-Connection', get('Proxy-Connection: close\r\n'), A],
  [
    'Upgrade to h2c',
    get('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'),
    A,
  ],
]);
