import { expect, it, onTestFinished } from 'vitest';
import { BoardHub } from '../../../src/control/workers/board-hub.ts';
import { ServerNumbers } from '../../../src/control/workers/server-numbers.ts';
import type { WorkerProcess } from '../../../src/control/workers/worker-process.ts';
import { aBoard } from '../../core/support.ts';

it('what is made for a worker goes to it unless it does not listen', () => {
  const got: string[] = [];
  const aWorker = (number: number, heardAt: number) =>
    ({
      number,
      heardAt,
      send: ({ kind }: { kind: string }) => void got.push(`${number} ${kind}`),
    }) as unknown as WorkerProcess;
  const serving = [aWorker(1, 9000), aWorker(2, 9000), aWorker(3, 5000), aWorker(4, 8000)];
  const hub = new BoardHub(aBoard([]).board, new ServerNumbers(), { serving }, () => 10_000);
  onTestFinished(() => hub.close());
  hub.tell(({ number }) => (number === 1 ? undefined : { kind: 'load', heard: [] }));
  expect(got).toEqual(['2 load', '4 load']);
});
