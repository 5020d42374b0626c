/** Grows when the loops or the scale change, so that results kept by an older version are not compared with new ones. */
export const BENCHMARK_VERSION = 1;

/**
 * What arriba measures, as the source of a worker thread: text, so that it runs the same from TypeScript, from the
 * built package and from an application's bundle. Three loops (mixing integers, SHA-256, sorting numbers) stand for
 * the arithmetic, the vector units and the memory of one core. Each loop runs for 10 ms in each of five rounds,
 * 150 ms in all. Posts a list of rounds, each the shortest time of one turn of each loop, in milliseconds.
 */
export const LOOPS = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');

const block = Buffer.alloc(65536, 7);
const numbers = Float64Array.from({ length: 4096 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 0);

const mixIntegers = () => {
  let mixed = 1;
  for (let i = 0; i < 200000; i++) mixed = (Math.imul(mixed ^ (mixed >>> 15), mixed | 1) + i) | 0;
  return mixed;
};
const hash = () => createHash('sha256').update(block).digest()[0];
const sort = () => numbers.slice().sort()[0];

let sink = 0;
const shortest = (loop, millis) => {
  const end = performance.now() + millis;
  let best = Infinity;
  do {
    const started = performance.now();
    sink += loop();
    best = Math.min(best, performance.now() - started);
  } while (performance.now() < end);
  return best;
};

const rounds = [];
for (let round = 0; round < 5; round++) rounds.push([mixIntegers, hash, sort].map((loop) => shortest(loop, 10)));
parentPort.postMessage({ rounds, sink });
`;
