import { z } from '../../../core/options.ts';
import type { Refusal } from '../../../core/report.ts';
import type { RefusalView, SenderView } from '../../views/views.ts';
import { count, date, listOf, orNull, shapeOf, text } from './shape.ts';

const code = z.enum([
  'malformed',
  'version',
  'number',
  'too_large',
  'token',
  'signature',
  'replayed',
  'taken',
  'clock',
  'source',
  'not_accepted',
  'unknown_pool',
  'rate',
  'full',
]);

export const refusalShape = shapeOf<Refusal>('Refusal')(z.strictObject({ code, message: text() }));

export const refusalsShape = listOf(
  'Refusals',
  shapeOf<RefusalView>('RefusedReports')(
    z.strictObject({ code, count: count(), lastAt: date(), lastSource: text(), lastMessage: text() }),
  ),
);

export const sendersShape = listOf(
  'Senders',
  shapeOf<SenderView>('Sender')(
    z.strictObject({
      source: text(),
      node: orNull(text()),
      refused: count(),
      byCode: z.partialRecord(code, count()),
      lastAt: date(),
      lastRefusal: refusalShape,
    }),
  ),
);
