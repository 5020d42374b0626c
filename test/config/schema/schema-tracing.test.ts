import { expect, it } from 'vitest';
import { brief, problemsIn, readText, withPool } from '../support.ts';

it('what the configuration says of traces has defaults that change nothing but what is malformed', async () => {
  const { config } = await readText(withPool('tracing: {}\n'));
  expect(config.tracing).toEqual({
    propagate: true,
    create: false,
    sample: 0.01,
    trust: 'trusted',
    spans: false,
  });
});

it('files of traces and events are named relative to the file of the configuration', async () => {
  const text = withPool('tracing: { module: ./otel.mjs }\neventLog: { file: events.log }\n');
  const { config } = await readText(text);
  expect(config.tracing?.module).toMatch(/^\/.*\/otel\.mjs$/);
  expect(config.eventLog?.file).toMatch(/^\/.*\/events\.log$/);
});

it.each([
  ['tracing: { sample: 2 }\n', /expected/],
  ['tracing: { trust: everybody }\n', /trusted/],
  ['tracing: { creat: true }\n', /creat/],
  ['eventLog: { file: "" }\n', /expected/],
])('%s is told of with its place', async (text, message) => {
  const problems = await problemsIn(readText(withPool(text)));
  expect(problems.map(brief).join('\n')).toMatch(message);
  expect(problems[0]?.place?.line).toBeGreaterThan(0);
});
