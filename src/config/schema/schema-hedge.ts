import { fraction, z } from '../../core/options.ts';
import { limit } from './schema-parts.ts';

/** When a second server of the pool is asked for the same. */
export const routeHedgeSchema = z
  .strictObject({
    after: z
      .union([z.literal('p95'), limit()])
      .prefault('p95')
      .describe(
        "silence after which that is done; `p95` is what 95 % of the route's own requests took lately",
      ),
    budget: fraction()
      .refine((part) => part > 0, { error: 'expected more than 0' })
      .default(0.05)
      .describe("such copies as a part of the route's requests, 0 to 1"),
  })
  .describe('asks a second server too when the first is silent for long; never if left out');
