import { isTraceClass, TRACE_CLASSES, type TraceClass } from '../logs/trace.ts';
import type { AdminParts, TraceView } from '../views/views.ts';
import { type Answer, errorAnswer, jsonAnswer } from './admin-answer.ts';
import { readJson } from './admin-question.ts';

/** Which classes the trace follows, and which it could. */
export const traceAnswer = ({ trace }: Pick<AdminParts, 'trace'>): Answer => {
  const view: TraceView = { classes: trace.classes, known: TRACE_CLASSES };
  return jsonAnswer(view);
};

const badTrace = (message: string): Answer => errorAnswer(400, 'bad_trace', message);

/** The classes of `{ "classes": ["pool"] }`. Nothing else may stand there: a misspelt key would switch all off. */
const readClasses = (value: unknown): readonly TraceClass[] | Answer => {
  const expected = 'expected { "classes": [...] } with nothing else';
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== 'classes')
    return badTrace(expected);
  const { classes } = value as { readonly classes?: unknown };
  if (!Array.isArray(classes)) return badTrace(expected);
  const unknown: unknown = classes.find((name) => !isTraceClass(name));
  if (unknown === undefined) return classes.filter(isTraceClass);
  return badTrace(`${JSON.stringify(unknown).slice(0, 80)} is none of ${TRACE_CLASSES.join(', ')}`);
};

/** Switches the named classes on and all others off, and answers as `traceAnswer` does. */
export const setTrace = (parts: Pick<AdminParts, 'trace'>, body: string): Answer => {
  const read = readJson(body);
  if ('fault' in read) return read.fault;
  const classes = readClasses(read.value);
  if ('status' in classes) return classes;
  parts.trace.set(classes);
  return traceAnswer(parts);
};
