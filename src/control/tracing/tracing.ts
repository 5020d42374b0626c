import type { Config } from '../../config/schema/schema.ts';
import { type AddressRule, parseAddressRule } from '../../core/accept.ts';
import type { ExchangeTrace, TracedRequest } from '../../core/trace-context.ts';
import { loadOpenTelemetry, type OpenTelemetry } from './load-opentelemetry.ts';
import { ownTrace, type TraceSettings } from './own-traces.ts';
import { Spans } from './spans.ts';
import { TraceIds } from './trace-ids.ts';

type TracedConfig = Pick<Config, 'tracing' | 'trustedProxies'>;

export interface TracingParts {
  /** The configuration in use. */
  config(): TracedConfig;
  /** Add to monotonic ms for a date. */
  epochOffset(): number;
  readonly version: string;
}

/** Says whose traces are gone on with. Rules are read once for each configuration. */
const truster = ({ tracing, trustedProxies }: TracedConfig): TraceSettings['trusts'] => {
  const trust = tracing?.trust ?? 'trusted';
  if (trust !== 'trusted') return () => trust === 'all';
  const rules: readonly AddressRule[] = trustedProxies.flatMap((text) => parseAddressRule(text) ?? []);
  return (peerIp) => rules.some((rule) => rule.allows(peerIp, 0));
};

const settingsOf = (config: TracedConfig): TraceSettings | undefined =>
  config.tracing && { ...config.tracing, trusts: truster(config) };

/** The trace context of requests, as the configuration says. Costs nothing while that says nothing. */
export class Tracing {
  readonly #parts: TracingParts;
  readonly #ids = new TraceIds();
  readonly #sources = {
    traceId: () => this.#ids.traceId(),
    spanId: () => this.#ids.spanId(),
    random: Math.random,
  };
  #spans: Spans | undefined = undefined;
  #read: { readonly config: TracedConfig; readonly settings: TraceSettings | undefined } | undefined =
    undefined;

  constructor(parts: TracingParts) {
    this.#parts = parts;
  }

  /** Loads OpenTelemetry where the configuration wants spans. Rejects with a ConfigError if that cannot be. */
  async start(load?: () => Promise<OpenTelemetry>): Promise<void> {
    const { tracing } = this.#parts.config();
    if (!tracing?.spans && tracing?.module === undefined) return;
    const { version, epochOffset } = this.#parts;
    this.#spans = new Spans({
      api: await loadOpenTelemetry(tracing.module, load),
      version,
      epochOffset,
      trusts: (peerIp) => this.#settings?.trusts(peerIp) === true,
    });
  }

  /** What to ask of each request; undefined while there is nothing to ask. */
  get begin(): ((request: TracedRequest) => ExchangeTrace | undefined) | undefined {
    return this.#settings ? this.#begin : undefined;
  }

  readonly #begin = (request: TracedRequest): ExchangeTrace | undefined => {
    const settings = this.#settings;
    if (!settings) return undefined;
    return this.#spans?.begin(request) ?? ownTrace(request, settings, this.#sources);
  };

  get #settings(): TraceSettings | undefined {
    const config = this.#parts.config();
    if (this.#read?.config !== config) this.#read = { config, settings: settingsOf(config) };
    return this.#read.settings;
  }
}
