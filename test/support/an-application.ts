import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import express from 'express';
import { onTestFinished } from 'vitest';
import { defineCandidacy } from '../../src/core/candidacy.ts';
import type { LinkSpec } from '../../src/core/chain.ts';
import { explained } from '../../src/core/making.ts';
import type { CandidacyFunction } from '../../src/core/types.ts';
import { createDoor } from '../../src/middleware/door.ts';
import { aDoorBoard, type DoorFacts, listenForTest } from './a-door.ts';

/** A link that runs this function. */
export const aLink = (name: string, run: CandidacyFunction): LinkSpec => ({
  name,
  options: undefined,
  candidacy: defineCandidacy({ name, create: () => explained(run, {}) }),
});

/** A door in an Express application, which answers what it is left with. */
export const anApplication = async (facts: DoorFacts) => {
  const made = aDoorBoard(facts);
  const door = createDoor(made.parts);
  onTestFinished(() => door.close());
  const app = express();
  app.use((req, res, next) => door.web(req, res, next));
  app.use((_req, res) => void res.send('the application'));
  const server = createServer(app);
  server.on('upgrade', (req, socket, head) => door.upgrade(req, socket, head));
  const port = await listenForTest(server);
  return { ...made, door, port, url: `http://127.0.0.1:${port}` };
};

/** One answer of the wire, with its head apart. */
export const ask = async (url: string, options: object = {}, body: readonly Buffer[] = []) => {
  const req = httpRequest(url, { agent: false, ...options });
  for (const chunk of body) req.write(chunk);
  req.end();
  const [res] = (await once(req, 'response')) as [IncomingMessage];
  return { res, body: Buffer.concat(await res.toArray()) };
};
