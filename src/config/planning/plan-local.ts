import { resolve } from 'node:path';
import type { Handler } from '../../core/handler.ts';
import type { LoadedExport } from '../../script/export-kind.ts';
import { HANDLER } from '../../script/handler-kind.ts';
import type { PlacedRules } from '../checks/placed-rules.ts';
import type { NamingParts } from '../reading/named-files.ts';
import { nameAt } from '../reading/named-files.ts';
import type { RouteConfig } from '../schema/schema.ts';
import type { ExportPlanner } from './plan-exports.ts';

/** What answers inside this process, with everything found that it names. */
export type PlannedLocal =
  | ({ readonly kind: 'files' } & NonNullable<RouteConfig['files']>)
  | { readonly kind: 'handler'; readonly script: LoadedExport<Handler> };

/** What answers locally for a route or location: the files of a folder, or a handler; undefined if neither. */
export const planLocal = async (
  { rules: { files, handler }, path }: PlacedRules,
  naming: NamingParts,
  exports: ExportPlanner,
): Promise<PlannedLocal | undefined> => {
  if (files) {
    const directory = resolve(nameAt([...path, 'files'], files.directory, naming));
    return { kind: 'files', ...files, directory };
  }
  if (handler === undefined) return undefined;
  const script = await exports.load(handler, [...path, 'handler'], HANDLER);
  return script && { kind: 'handler', script };
};
