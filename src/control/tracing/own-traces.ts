import {
  type ExchangeTrace,
  isTracestate,
  parseTraceparent,
  type TracedRequest,
  traceparentText,
} from '../../core/trace-context.ts';

/** What a configuration says of traces, with who is trusted. */
export interface TraceSettings {
  readonly propagate: boolean;
  readonly create: boolean;
  /** 0..1 */
  readonly sample: number;
  /** Whether this peer's traces are gone on with where traces are begun here. */
  trusts(peerIp: string): boolean;
}

/** Where ids and chance come from. */
export interface TraceSources {
  traceId(): string;
  spanId(): string;
  /** 0 up to 1. */
  random(): number;
}

const NO_NAMES: ReadonlySet<string> = new Set();
const STATE: ReadonlySet<string> = new Set(['tracestate']);
const BOTH: ReadonlySet<string> = new Set(['traceparent', 'tracestate']);
const NO_TRACE: ExchangeTrace = { traceId: '', removes: NO_NAMES, lines: '' };
const NO_LONGER: ExchangeTrace = { traceId: '', removes: BOTH, lines: '' };

const begun = (wasThere: boolean, { sample }: TraceSettings, from: TraceSources): ExchangeTrace => {
  const traceId = from.traceId();
  const flags = from.random() < sample ? 1 : 0;
  const traceparent = traceparentText({ traceId, spanId: from.spanId(), flags });
  return { traceId, removes: wasThere ? BOTH : NO_NAMES, lines: `traceparent: ${traceparent}\r\n` };
};

/**
 * What becomes of the trace context of a request where nobody records spans. One that is well-formed goes on untouched:
 * this proxy takes no part in the trace. What is malformed goes no further (W3C Trace Context, 4.3).
 */
export const ownTrace = (
  request: TracedRequest,
  settings: TraceSettings,
  sources: TraceSources,
): ExchangeTrace => {
  const traceparent = request.header('traceparent');
  const tracestate = request.header('tracestate');
  const wasThere = traceparent !== undefined || tracestate !== undefined;
  const parent = settings.propagate ? parseTraceparent(traceparent) : undefined;
  const goesOn = parent !== undefined && (!settings.create || settings.trusts(request.peerIp));
  if (!goesOn) {
    if (settings.create) return begun(wasThere, settings, sources);
    return wasThere ? NO_LONGER : NO_TRACE;
  }
  const isStateFine = tracestate === undefined || isTracestate(tracestate);
  return { traceId: parent.traceId, removes: isStateFine ? NO_NAMES : STATE, lines: '' };
};
