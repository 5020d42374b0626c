import { fileURLToPath } from 'node:url';
import { type ProxyMaker, writeConfig } from './proxy.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** How sockets are driven. */
export type TransportName = 'raw' | 'net';

/** The transport that the environment asks for; raw if it asks for none. */
export const transportOfEnvironment = (): TransportName =>
  process.env['FOREHAND_TRANSPORT'] === 'net' ? 'net' : 'raw';

/** forehand with its defaults: nothing is set but its addresses, its servers, and these further top-level keys. */
export const forehand =
  (transport: TransportName, keys: Readonly<Record<string, unknown>> = {}): ProxyMaker =>
  (place) => {
    const { port, sparePort, serverPorts } = place;
    const config = {
      listen: `127.0.0.1:${port}`,
      admin: `127.0.0.1:${sparePort}`,
      pools: { web: { servers: serverPorts.map((each) => `http://127.0.0.1:${each}`) } },
      ...keys,
    };
    return {
      command: process.execPath,
      args: [MAIN, 'run', '-c', writeConfig(place, JSON.stringify(config))],
      env: { FOREHAND_TRANSPORT: transport },
      readyUrl: `http://127.0.0.1:${sparePort}/readyz`,
    };
  };
