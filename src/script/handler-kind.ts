import { types } from 'node:util';
import type { Handler } from '../core/handler.ts';
import type { ExportKind } from './export-kind.ts';

const isHandler = (value: unknown): value is Handler =>
  typeof value === 'function' &&
  !types.isGeneratorFunction(value) &&
  !/^class\b/.test(Function.prototype.toString.call(value));

const faultOf = (value: unknown): string => {
  if (typeof value !== 'function')
    return `is ${value === null ? 'null' : `of type ${typeof value}`}, not a function`;
  return types.isGeneratorFunction(value) ? 'is a generator' : 'is a class, not a function';
};

/** Handlers: functions, async or not, that answer a request themselves. */
export const HANDLER: ExportKind<Handler> = {
  name: 'a handler',
  standIn: () => new Response(null, { status: 503 }),
  // A handler answers one request, not all of them, so its faults never take it out. What it does without a pause
  // holds up every other request: longer than this is worth a word.
  // A window of no length holds no faults.
  rails: { slowMs: 50, strikes: 1, windowMs: 0 },
  fault: 'handler_fault',
  take: (value) => (isHandler(value) ? { value } : { fault: faultOf(value) }),
};
