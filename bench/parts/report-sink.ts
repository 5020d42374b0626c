/**
 * Takes streams of reports at a port of its own, which it prints, and throws everything away: what costs a machine the
 * sending of reports, without a proxy that reads them.
 */
import { createServer } from 'node:http';
import { STREAM_PROTOCOL } from '../../src/state/http-protocol.ts';

const server = createServer();
server.on('upgrade', (_, socket) => {
  socket.on('error', () => socket.destroy()).resume();
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${STREAM_PROTOCOL}\r\n\r\n`,
  );
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') console.log(`port ${address?.port}`);
});
