import { expect, it } from 'vitest';
import { aFakeEngine } from '../support/a-fake-engine.ts';
import { eventually } from '../support/eventually.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const NAMED = { a: 'http://localhost:1' };

const withName = (connections: Parameters<typeof aFakeEngine>[0]) => {
  const made = aFakeEngine({ servers: NAMED, ...connections });
  return { ...made, counts: () => made.engine.pools.of(made.pool.servers[0]!).counts };
};

it('requests that come while the name of a server is looked up open no more connections than it may have', async () => {
  const made = withName({ connections: { maxConnections: 2 } });
  const clients = Array.from({ length: 5 }, () => made.client());
  for (const client of clients) await client.says(GET);
  await eventually(() => made.opened.length > 0);
  expect(made.counts()).toEqual({ open: 2, idle: 0, waiting: 3 });
  await made.connected(0);
  await made.connected(1);
  for (let i = 0; i < 5; i++) await made.server(i % 2).says(OK);
  expect(clients.map(({ taken }) => taken.includes(' 200 OK'))).toEqual(clients.map(() => true));
});

it('a client that leaves while the name is looked up has nothing opened for it', async () => {
  const made = withName({});
  const [gone, staying] = [made.client(), made.client()];
  await gone.says(GET);
  await staying.says(GET);
  await gone.fails();
  await eventually(() => made.opened.length > 0);
  expect(made.counts()).toEqual({ open: 1, idle: 0, waiting: 0 });
  expect(made.engine.open).toBe(1);
});
