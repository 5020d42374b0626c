import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { questionBody } from '../../src/control/admin/admin-explain.ts';
import { adminRoutes } from '../../src/control/admin/admin-routes.ts';
import { orderBody, stateBody } from '../../src/control/admin/admin-set-server.ts';
import {
  accessLogShape,
  errorShape,
  traceShape,
  trafficShape,
} from '../../src/control/admin/shapes/control-shapes.ts';
import { chainsShape, explainAnswerShape } from '../../src/control/admin/shapes/decision-shapes.ts';
import { sendersShape } from '../../src/control/admin/shapes/refusal-shapes.ts';
import {
  nodesShape,
  poolShape,
  routesShape,
  serverShape,
} from '../../src/control/admin/shapes/server-shapes.ts';
import { fakeParts } from '../control/fake-views.ts';

const text = readFileSync(new URL('../../docs/admin.md', import.meta.url), 'utf8');

it('docs/admin.md has every path with its method, and no other', () => {
  const rows = [...text.matchAll(/^\| `(GET|POST|PUT|DELETE) (\/[^`?]*)/gm)].map(
    ([, method, path]) => `${method} ${path}`,
  );
  const routes = [...adminRoutes(fakeParts())].flatMap(([path, here]) =>
    here.map(({ method }) => `${method} ${path}`),
  );
  expect(rows.sort()).toEqual(['GET /', ...routes].sort());
});

/** What an example may be: an answer, the data of a list, or a body. */
const SHAPES = [
  errorShape,
  serverShape,
  poolShape,
  ...[routesShape, nodesShape, sendersShape, chainsShape].map(({ element }) => element),
  explainAnswerShape,
  trafficShape,
  accessLogShape,
  traceShape,
  stateBody,
  orderBody,
  questionBody,
];

it('docs/admin.md has examples that are of a shape of the API', () => {
  const blocks = [...text.matchAll(/```json\n(.*?)```/gs)].map(([, block = '']) => block);
  expect(blocks.length).toBeGreaterThan(10);
  for (const block of blocks) {
    const example: unknown = JSON.parse(block);
    expect(
      SHAPES.some((shape) => shape.safeParse(example).success),
      block,
    ).toBe(true);
  }
});
