import { formatDuration } from '../core/options.ts';
import type { Check, CheckPlace, CheckResult } from './check-spec.ts';
import { faultResult } from './fault-text.ts';
import { openSocket } from './open-socket.ts';

/** Connects once, TLS with its handshake, and closes again. */
export const askTcp = (place: CheckPlace): Check => {
  const { socket, ready } = openSocket(place);
  const startedAt = performance.now();
  let limit: NodeJS.Timeout | undefined;
  const result = new Promise<CheckResult>((resolve) => {
    const done = (found: CheckResult): void => {
      clearTimeout(limit);
      resolve(found);
      socket.destroy();
    };
    const fail = (text: string): void => done({ isGood: false, isRefused: false, text });
    const tooLate = (): void => fail(`no connection within ${formatDuration(place.timeout)}`);
    limit = setTimeout(tooLate, place.timeout).unref();
    socket.on('error', (error) => done(faultResult(error)));
    socket.on('close', () => fail('closed before it was connected'));
    socket.on(ready, () => {
      const text = `connected in ${Math.round(performance.now() - startedAt)} ms`;
      done({ isGood: true, isRefused: false, text });
    });
  });
  return { result, cancel: () => void socket.destroy() };
};
