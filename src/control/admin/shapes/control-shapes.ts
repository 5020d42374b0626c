import { z } from '../../../core/options.ts';
import { TRACE_CLASSES } from '../../logs/trace.ts';
import type {
  AccessLogView,
  ConfigStatus,
  ConfigView,
  EventView,
  ReloadResult,
  TraceView,
  TrafficView,
} from '../../views/views.ts';
import { count, date, listOf, orNull, shapeOf, text } from './shape.ts';

export const aboutShape = shapeOf('About')(
  z.strictObject({ version: text(), startedAt: date(), now: date() }),
);

export const eventsShape = listOf(
  'Events',
  shapeOf<EventView>('Event')(z.strictObject({ at: date(), kind: text(), message: text() })),
);

export const configShape = shapeOf<ConfigView>('Config')(
  z.strictObject({ file: orNull(text()), yaml: text(), sha256: text() }),
);

export const configStatusShape = shapeOf<ConfigStatus>('ConfigStatus')(
  z.strictObject({
    file: orNull(text()),
    loadedAt: date(),
    lastResult: z.enum(['ok', 'failed']),
    lastError: orNull(text()),
    warnings: z.array(text()),
    reloads: z.strictObject({ ok: count(), failed: count() }),
  }),
);

export const reloadShape = shapeOf<ReloadResult>('Reload')(
  z.strictObject({ ok: z.boolean(), text: text(), ignored: z.array(text()) }),
);

export const accessLogShape = shapeOf<AccessLogView | null>('AccessLog')(
  orNull(
    z.strictObject({
      file: text(),
      format: z.enum(['combined', 'json']),
      written: count(),
      lost: count(),
      waitingBytes: count(),
      fault: orNull(text()),
    }),
  ),
);

const traceClass = z.enum(TRACE_CLASSES);
export const traceShape = shapeOf<TraceView>('Trace')(
  z.strictObject({ classes: z.array(traceClass), known: z.array(traceClass) }),
);
/** Which classes are to be followed, and no others. */
export const traceBody = z.strictObject({ classes: z.array(traceClass) });

export const trafficShape = shapeOf<TrafficView>('Traffic')(
  z.strictObject({
    at: date(),
    seconds: z.array(
      z.strictObject({
        requests: count(),
        byClass: z.record(z.string(), count()),
        bytesIn: count(),
        bytesOut: count(),
        latency: z.array(count()),
      }),
    ),
    latencyBoundsMs: z.array(count()),
    inFlight: count(),
    tunnels: count(),
    openConnections: count(),
  }),
);

export const errorShape = shapeOf('Error')(
  z.strictObject({ error: z.strictObject({ code: text(), message: text() }) }),
);

export const quitShape = shapeOf('Quit')(z.strictObject({ quitting: z.boolean() }));

/** The document itself. */
export const openapiShape = shapeOf('OpenApi')(z.looseObject({ openapi: text() }));
