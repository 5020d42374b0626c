import { stringify } from 'yaml';
import { blankSecrets } from './blank-secrets.ts';
import type { Config } from './schema.ts';
import { shownConfig } from './shown-config.ts';

/** A configuration as YAML for people: every default filled in, no secret. Durations are milliseconds, sizes bytes. */
export const shownYaml = (config: Config): string =>
  // By way of JSON, which leaves out what is undefined; no anchors for what stands in two places.
  stringify(blankSecrets(JSON.parse(JSON.stringify(shownConfig(config)))), {
    aliasDuplicateObjects: false,
    lineWidth: 0,
  });
