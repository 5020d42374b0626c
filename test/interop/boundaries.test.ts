import { describe, expect, it } from 'vitest';
import { CHUNK_CASES } from '../security/cases/chunks.ts';
import { CONTENT_LENGTH_CASES } from '../security/cases/content-length.ts';
import { FIELD_LINE_CASES } from '../security/cases/field-lines.ts';
import { HOST_CASES } from '../security/cases/hosts.ts';
import { REQUEST_LINE_CASES } from '../security/cases/request-lines.ts';
import { TRANSFER_ENCODING_CASES } from '../security/cases/transfer-encoding.ts';
import { anEngine, TRANSPORTS } from '../support/an-engine.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startWitness } from '../support/start-witness.ts';
import { hasHaproxy } from './haproxy.ts';
import { haproxyBefore, nginxBefore, startNeighbour } from './neighbour.ts';
import { hasNginx } from './nginx.ts';

const FORWARDED = [
  ...REQUEST_LINE_CASES,
  ...HOST_CASES,
  ...CONTENT_LENGTH_CASES,
  ...TRANSFER_ENCODING_CASES,
  ...CHUNK_CASES,
  ...FIELD_LINE_CASES,
].filter(({ forwards }) => forwards.length > 0);

const END = 'GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

/** What is left of `seen` without the lines of `expected`, which may be refused but not changed. */
const surprises = (seen: readonly string[], expected: readonly string[]): readonly string[] => {
  const left = [...expected];
  return seen.filter((line) => {
    const at = left.indexOf(line);
    left.splice(0, at + 1);
    return at === -1;
  });
};

/** What we forward is read by others as we read it: no case of the tables becomes other requests behind them. */
describe.each([
  ['nginx', hasNginx, nginxBefore],
  ['HAProxy', hasHaproxy, haproxyBefore],
])('%s behind us', (_name, isThere, neighbour) => {
  it.skipIf(!isThere && !process.env['CI']).each(TRANSPORTS)(
    'reads what we forward on %s as we do',
    async (transport) => {
      const witness = await startWitness();
      const port = await startNeighbour(neighbour, witness.backend.port);
      const engine = await anEngine({ transport, servers: { a: `http://127.0.0.1:${port}` } });
      for (const { what, bytes, forwards, refused } of FORWARDED) {
        const before = witness.seen.length;
        const client = await connectRaw(engine.port);
        client.send(refused === undefined ? bytes + END : bytes);
        await client.closed();
        const seen = witness.seen.slice(before);
        expect(surprises(seen, [...forwards, 'GET /end ']), what).toEqual([]);
      }
      expect(witness.seen.length).toBeGreaterThan(FORWARDED.length);
    },
  );
});
