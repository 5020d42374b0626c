import { fraction, z } from '../../core/options.ts';
import { fileName } from './schema-parts.ts';

/** The keys of W3C trace context and OpenTelemetry. */
export const tracingSchema = z
  .strictObject({
    propagate: z
      .boolean()
      .default(true)
      .describe('passes on traceparent and tracestate; malformed ones never'),
    create: z.boolean().default(false).describe('begins a trace for a request that belongs to none'),
    sample: fraction()
      .default(0.01)
      .describe('part of the traces begun here that are marked as recorded, 0 to 1'),
    trust: z
      .enum(['trusted', 'all', 'none'])
      .default('trusted')
      .describe(
        'whose traces are gone on with where traces are begun here: those of `trustedProxies`, of everybody, of nobody',
      ),
    spans: z
      .boolean()
      .default(false)
      .describe('a span for each request, where the application or `module` has set up OpenTelemetry'),
    module: fileName()
      .exactOptional()
      .describe(
        'script that sets up OpenTelemetry, relative to this file; imported before requests are taken. Means `spans`',
      ),
  })
  .describe('trace context of requests; passed on as it is if left out');
