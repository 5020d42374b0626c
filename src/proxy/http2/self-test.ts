import { execFile } from 'node:child_process';

/** What is wrong with the HTTP/2 of this Node, for a person. */
const FAULT =
  `the HTTP/2 of Node ${process.versions.node} has a fault by which any client can end the process ` +
  '(nodejs/node#64850); run another Node, such as the last 24 or 26';

/** Longer than any Node takes to start. */
const PATIENCE_MS = 10_000;

/**
 * A server of node:http2 whose client sends, in one piece: the preface, SETTINGS, GOAWAY with an error, and a request
 * with content. A Node with the fault has forgotten the session by then, but not its bytes, and aborts at the content.
 */
const TRIAL = `
  const settings = '000000040000000000';
  const goaway = '0000080700000000000000000000000001';
  const headers = '000006010400000001' + '838684410161';
  const data = '000001000000000001' + '78';
  const bytes = Buffer.concat([
    Buffer.from('PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n'),
    Buffer.from(settings + goaway + headers + data, 'hex'),
  ]);
  const ignore = () => {};
  const server = require('node:http2').createServer();
  server.on('stream', (stream) => stream.on('error', ignore));
  server.on('session', (session) => session.on('error', ignore).on('close', () => process.exit(0)));
  server.on('sessionError', ignore);
  server.listen(0, '127.0.0.1', () => {
    require('node:net').connect(server.address().port, '127.0.0.1').on('error', ignore).resume().write(bytes);
  });
`;

/**
 * Tries in a process of its own whether the HTTP/2 of this Node can be offered. Gives what is wrong with it, or
 * undefined, also where no such process can be had. Takes as long as Node takes to start.
 */
export const http2Fault = (): Promise<string | undefined> =>
  new Promise((resolve) => {
    execFile(process.execPath, ['-e', TRIAL], { env: {}, timeout: PATIENCE_MS }, (error) => {
      const isAborted = error?.signal === 'SIGABRT' || (typeof error?.code === 'number' && error.code > 128);
      resolve(isAborted ? FAULT : undefined);
    });
  });
