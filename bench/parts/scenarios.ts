/** One kind of request that a measurement sends again and again. */
export interface Scenario {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Bytes of content that go to the server with each request. */
  readonly bodyBytes: number;
  /** Bytes of content that come back. */
  readonly answerBytes: number;
  /** Each request on a connection of its own, which the proxy closes. */
  readonly newConnections: boolean;
}

/** The least that a proxy has to do. */
export const GET_1K: Scenario = {
  name: 'get1k',
  method: 'GET',
  path: '/1k',
  fields: {},
  bodyBytes: 0,
  answerBytes: 1024,
  newConnections: false,
};

/** What a browser sends, 13 fields with Host. */
const BROWSER_FIELDS = {
  Host: 'www.example.com',
  'User-Agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Encoding': 'gzip, deflate, br',
  'Accept-Language': 'en-GB,en;q=0.9,de;q=0.8',
  Referer: 'https://www.example.com/some/page/index.html',
  Cookie: 'sid=0123456789abcdef0123456789abcdef; theme=dark; _ga=GA1.2.1234567890.1234567890; consent=yes',
  'Cache-Control': 'no-cache',
  'Sec-Fetch-Dest': 'document',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Site': 'same-origin',
  'Sec-Fetch-User': '?1',
  'Upgrade-Insecure-Requests': '1',
};

/** All scenarios, in the order in which they are measured and printed. */
export const SCENARIOS: readonly Scenario[] = [
  GET_1K,
  {
    ...GET_1K,
    name: 'headers13',
    path: '/api/v1/items/12345?sort=asc&page=2',
    fields: BROWSER_FIELDS,
  },
  { ...GET_1K, name: 'get64k', path: '/64k', answerBytes: 65_536 },
  {
    ...GET_1K,
    name: 'post1k',
    method: 'POST',
    fields: { 'Content-Type': 'application/octet-stream' },
    bodyBytes: 1024,
  },
  { ...GET_1K, name: 'newconn', fields: { Connection: 'close' }, newConnections: true },
];
