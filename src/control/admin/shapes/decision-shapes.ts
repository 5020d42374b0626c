import type { ExplainedStep, Explanation } from '../../../core/explain.ts';
import { z } from '../../../core/options.ts';
import type {
  ChainView,
  DecisionView,
  ExplainAnswer,
  NotableDecision,
  RecentDecision,
  ShadowView,
} from '../../views/views.ts';
import { count, date, listOf, orNull, part, shapeOf, text } from './shape.ts';

export const chainsShape = listOf(
  'Chains',
  shapeOf<ChainView>('Chain')(
    z.strictObject({
      name: text(),
      pool: text(),
      whenEmpty: text(),
      links: z.array(
        z.strictObject({
          name: text(),
          kind: text(),
          calls: count(),
          serversIn: count(),
          serversOut: count(),
          emptied: count(),
          faults: z.strictObject({ throw: count(), bad_result: count(), timeout: count() }),
          lastFault: orNull(text()),
          bypassed: z.boolean(),
          spentMs: count(),
        }),
      ),
    }),
  ),
);

const pair = z.strictObject({
  live: orNull(z.number()),
  shadow: orNull(z.number()),
  ratio: orNull(z.number()),
});

export const shadowsShape = listOf(
  'Shadows',
  shapeOf<ShadowView>('Shadow')(
    z.strictObject({
      pool: text(),
      links: z.array(text()),
      share: part(),
      decisions: count(),
      disagreements: count(),
      disagreement: orNull(part()),
      refused: count(),
      faults: count(),
      lastFault: orNull(text()),
      delay: pair,
      herding: pair,
      costUs: z.strictObject({ live: orNull(z.number()), shadow: orNull(z.number()) }),
      isSafe: z.boolean(),
      verdict: text(),
    }),
  ),
);

const delivery = z.enum(['proxy', 'redirect', 'local', 'refused']);

const stepShape = shapeOf<ExplainedStep>('Step')(
  z.strictObject({
    name: text(),
    before: count(),
    after: count(),
    dropped: z.array(z.strictObject({ id: text(), reason: text() })),
    scores: z.array(z.strictObject({ id: text(), score: orNull(z.number()) })).exactOptional(),
    note: text().exactOptional(),
    us: z.number(),
  }),
);

const redirect = z.strictObject({
  location: text(),
  status: z.union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)]),
});

const explanation = {
  why: text(),
  chosen: orNull(text()),
  delivery,
  redirect: redirect.exactOptional(),
  ranked: z.array(text()),
  steps: z.array(stepShape),
} satisfies Readonly<Record<keyof Explanation, z.ZodType>>;

const request = z.strictObject({ method: text(), host: text(), path: text(), clientIp: text() });
const outcome = z.strictObject({
  status: z.number(),
  termination: text(),
  durationMs: count(),
  attempts: count(),
});
const made = { id: text(), at: date(), pool: text(), route: text(), seed: z.number() };

const decisionShape = shapeOf<DecisionView>('Decision')(
  z.strictObject({ ...made, ...explanation, request, outcome: orNull(outcome) }),
);
const recentShape = shapeOf<RecentDecision>('RecentDecision')(
  z.strictObject({ ...made, chosen: orNull(text()), status: z.number(), durationMs: count() }),
);
const notableShape = shapeOf<NotableDecision>('NotableDecision')(
  z.strictObject({
    ...made,
    request,
    chosen: orNull(text()),
    delivery,
    steps: z.array(z.looseObject({ name: text(), before: count(), after: count() })),
    outcome,
  }),
);

export const decisionsShape = listOf('Decisions', z.union([decisionShape, recentShape, notableShape]));
/** Those that are explained. */
export const sampledShape = listOf('SampledDecisions', decisionShape);

export const explainAnswerShape = shapeOf<ExplainAnswer>('Explanation')(
  z.strictObject({ ...explanation, worker: z.number().exactOptional(), pool: text(), route: text() }),
);
