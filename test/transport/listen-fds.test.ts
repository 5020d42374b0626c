import { describe, expect, it } from 'vitest';
import { listenFds } from '../../src/transport/listen-fds.ts';

describe('sockets that systemd hands over', () => {
  it.each([
    ['none', {}, []],
    ['one', { LISTEN_PID: '7', LISTEN_FDS: '1' }, [{ name: undefined, fd: 3 }]],
    ['none for another process', { LISTEN_PID: '8', LISTEN_FDS: '1' }, []],
    ['none without a process', { LISTEN_FDS: '1' }, []],
    ['none by number', { LISTEN_PID: '7', LISTEN_FDS: '0', LISTEN_FDNAMES: '' }, []],
    [
      'two with names',
      { LISTEN_PID: '7', LISTEN_FDS: '2', LISTEN_FDNAMES: 'http:https' },
      [
        { name: 'http', fd: 3 },
        { name: 'https', fd: 4 },
      ],
    ],
  ])('are found: %s', (_, env, found) => {
    expect(listenFds(env, 7)).toEqual(found);
  });

  it.each([
    [{ LISTEN_FDS: 'x' }, 'LISTEN_FDS is no number of sockets: "x"'],
    [{ LISTEN_FDS: '-1' }, 'LISTEN_FDS is no number of sockets: "-1"'],
    [{ LISTEN_FDS: '100000' }, 'LISTEN_FDS is no number of sockets: "100000"'],
    [{ LISTEN_FDS: '2', LISTEN_FDNAMES: 'http' }, 'LISTEN_FDNAMES has 1 names for 2 sockets'],
  ])('are refused where the variables contradict themselves: %j', (env, message) => {
    expect(() => listenFds({ LISTEN_PID: '7', ...env }, 7)).toThrow(message);
  });
});
