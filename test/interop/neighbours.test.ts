import { describe, it } from 'vitest';
import { anEngine, TRANSPORTS } from '../support/an-engine.ts';
import { CURL_DEEDS, hasCurl } from './deeds/curl.ts';
import type { Deed } from './deeds/deed.ts';
import { FETCH_DEEDS } from './deeds/fetch.ts';
import { NODE_DEEDS } from './deeds/node-client.ts';
import { WEBSOCKET_DEEDS } from './deeds/web-socket.ts';
import { hasHaproxy } from './haproxy.ts';
import { haproxyBefore, type Neighbour, nginxBefore, startNeighbour } from './neighbour.ts';
import { hasNginx } from './nginx.ts';
import { startOrigin } from './origin.ts';

/** Where the first hop listens. */
type Path = (transport: 'raw' | 'net') => Promise<number>;

const engineTo = async (transport: 'raw' | 'net', port: number): Promise<number> =>
  (await anEngine({ transport, servers: { a: `http://127.0.0.1:${port}` } })).port;

const behindUs =
  (neighbour: Neighbour): Path =>
  async (transport) =>
    engineTo(transport, await startNeighbour(neighbour, (await startOrigin()).port));

const beforeUs =
  (neighbour: Neighbour): Path =>
  async (transport) =>
    startNeighbour(neighbour, await engineTo(transport, (await startOrigin()).port));

const alone: Path = async (transport) => engineTo(transport, (await startOrigin()).port);

const PATHS: readonly (readonly [name: string, isThere: boolean, path: Path])[] = [
  ['with nobody between', true, alone],
  ['with nginx behind us', hasNginx, behindUs(nginxBefore)],
  ['with nginx before us', hasNginx, beforeUs(nginxBefore)],
  ['with HAProxy behind us', hasHaproxy, behindUs(haproxyBefore)],
  ['with HAProxy before us', hasHaproxy, beforeUs(haproxyBefore)],
];

const CLIENTS: readonly (readonly [name: string, isThere: boolean, deeds: readonly Deed[]])[] = [
  ['curl', hasCurl, CURL_DEEDS],
  ['a client of node:http', true, NODE_DEEDS],
  ['fetch', true, FETCH_DEEDS],
  ['a WebSocket client', true, WEBSOCKET_DEEDS],
];

const isMissing = (isThere: boolean): boolean => !isThere && !process.env['CI'];

describe.each(TRANSPORTS)('on %s', (transport) => {
  for (const [where, isThere, path] of PATHS)
    describe.skipIf(isMissing(isThere))(where, () => {
      for (const [client, hasClient, deeds] of CLIENTS)
        describe.skipIf(isMissing(hasClient))(client, () => {
          it.each(deeds)('%s', async (_, run) => {
            await run(`http://127.0.0.1:${await path(transport)}`);
          });
        });
    });
});

it('nginx, HAProxy and curl are there: without them much is skipped', (context) => {
  const missing = Object.entries({ nginx: hasNginx, haproxy: hasHaproxy, curl: hasCurl }).flatMap(
    ([name, isThere]) => (isThere ? [] : [name]),
  );
  if (missing.length === 0) return;
  const advice = `missing, so that much is skipped: apt-get install ${missing.join(' ')}`;
  if (process.env['CI']) throw new Error(advice);
  context.skip(advice);
});
