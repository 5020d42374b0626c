import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

const LISTENER = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));
`;
/** A connection on loopback that is not there by then is not going to be. */
const PATIENCE_MS = 300;
const MOST_WAITING = 20;

const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket: Socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    const timer = setTimeout(() => resolve(false), PATIENCE_MS);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });

/**
 * A port of loopback that answers a connection attempt with nothing at all: the one who listens there is stopped, and
 * the line of those who wait to be accepted is full, so that the system drops what comes. Linux only.
 */
export const aBlackHole = async (): Promise<string> => {
  const child = spawn(process.execPath, ['-e', LISTENER], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  const port = Number(String(line));
  child.kill('SIGSTOP');
  for (let i = 0; i < MOST_WAITING; i++) if (!(await isTaken(port))) return `http://127.0.0.1:${port}`;
  throw new Error('the line of who waits to be accepted has no end');
};
