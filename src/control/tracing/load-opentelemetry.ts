import { pathToFileURL } from 'node:url';
import { ConfigError, messageOf } from '../../core/errors.ts';

/** What of the package @opentelemetry/api is used. */
export type OpenTelemetry = Pick<
  typeof import('@opentelemetry/api'),
  'trace' | 'propagation' | 'ROOT_CONTEXT' | 'SpanKind' | 'SpanStatusCode' | 'isSpanContextValid'
>;

const refuse = (path: string, message: string): ConfigError =>
  new ConfigError([{ severity: 'error', path, message }]);

/** Imports the user's script, which sets up OpenTelemetry. Rejects with a ConfigError that names it. */
const importModule = async (file: string): Promise<void> => {
  try {
    await import(pathToFileURL(file).href);
  } catch (thrown) {
    throw refuse('tracing.module', `${file} cannot be used: ${messageOf(thrown)}`);
  }
};

/**
 * The package @opentelemetry/api, set up by `module` where there is one. It is no dependency of ours: it comes with the
 * SDK that the application or the module brings. Rejects with a ConfigError that says what is missing.
 */
export const loadOpenTelemetry = async (
  module: string | undefined,
  load: () => Promise<OpenTelemetry> = () => import('@opentelemetry/api'),
): Promise<OpenTelemetry> => {
  if (module !== undefined) await importModule(module);
  try {
    return await load();
  } catch (thrown) {
    const path = module === undefined ? 'tracing.spans' : 'tracing.module';
    const message = `spans need the package @opentelemetry/api (npm install @opentelemetry/api): ${messageOf(thrown)}`;
    throw refuse(path, message);
  }
};
