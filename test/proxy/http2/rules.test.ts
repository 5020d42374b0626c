import { expect, it } from 'vitest';
import { aLocalServer } from '../../support/a-local-server.ts';
import { anHttp2Engine, answerOf, aSession } from './an-http2-engine.ts';

it('a large answer of our own goes out over HTTP/2, beside others and at the pace of its stream', async () => {
  const body = Buffer.alloc(3_000_000, 'abcdefghij');
  const made = await anHttp2Engine({
    servers: {},
    whenEmpty: 'local',
    rules: { local: { status: 200, reason: 'ok', fields: 'Content-Type: text/x\r\n', body } },
  });
  const session = await aSession(made.h2cPort);
  const slow = session.request({ ':path': '/slow' });
  slow.pause();
  const answers = await Promise.all([answerOf(session.request({})), answerOf(session.request({}))]);
  for (const { status, headers, body: text } of answers) {
    expect([status, headers['content-type'], headers['content-length']]).toEqual([200, 'text/x', '3000000']);
    expect(text).toBe(body.toString());
  }
  const late = answerOf(slow);
  slow.resume();
  expect((await late).body).toBe(body.toString());
  await made.settled();
  expect(made.finished.map(({ termination, bytesOut }) => [termination, bytesOut])).toEqual(
    Array.from({ length: 3 }, () => ['local', 3_000_000]),
  );
});

it('HEAD and statuses without content are answered without any', async () => {
  const made = await anHttp2Engine({
    servers: {},
    whenEmpty: 'local',
    parts: {
      guard: ({ path }) =>
        path === '/304'
          ? { status: 304, reason: 'x', fields: 'ETag: "x"\r\n' }
          : path === '/204'
            ? { status: 204, reason: 'x' }
            : undefined,
    },
    rules: { local: { status: 200, reason: 'ok', body: Buffer.from('content') } },
  });
  const session = await aSession(made.h2cPort);
  const ask = (method: string, path: string): ReturnType<typeof answerOf> =>
    answerOf(session.request({ ':method': method, ':path': path }, { endStream: true }));
  const [head, unchanged, nothing] = [
    await ask('HEAD', '/'),
    await ask('GET', '/304'),
    await ask('GET', '/204'),
  ];
  expect([head.headers['content-length'], head.body]).toEqual(['7', '']);
  expect([unchanged.status, unchanged.headers['etag'], unchanged.body]).toEqual([304, '"x"', '']);
  expect([nothing.status, nothing.headers['content-length'], nothing.code]).toEqual([204, undefined, 0]);
});

it('a server in this process answers, with target and fields as rules make them', async () => {
  const local = aLocalServer((req, res) => void res.end(`${req.url} ${req.headers['x-added']}`));
  const made = await anHttp2Engine({
    servers: {},
    whenEmpty: 'local',
    rules: {
      local: local.server,
      target: ({ path }) => `/in${path}`,
      requestEdits: { removes: new Set(), lines: () => 'X-Added: yes\r\n' },
      answerEdits: { removes: new Set(['date']), lines: ({ path }) => `X-Path: ${path}\r\n` },
    },
    parts: { connect: (_server, _address, owner) => local.connect(owner), begin: () => () => undefined },
  });
  const session = await aSession(made.h2cPort);
  const { body, headers } = await answerOf(session.request({ ':path': '/x' }));
  expect([body, headers['x-path']]).toEqual(['/in/x yes', '/x']);
});
