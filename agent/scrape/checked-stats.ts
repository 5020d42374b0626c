import { checkReport, isRefusal } from '../../src/core/report.ts';
import type { Stats } from '../../src/core/types.ts';
import type { Found } from './json-numbers.ts';
import { MAX_NUMBERS } from './wanted.ts';

/** What can be reported, and what is wrong with the rest. */
export interface CheckedStats {
  readonly stats: Stats;
  readonly faults: readonly string[];
}

const faultOf = (stats: object): string | undefined => {
  const checked = checkReport({ v: 1, node: 'a', boot: 'a', seq: 0, servers: [], stats });
  return isRefusal(checked) ? checked.message.replace(/^stats\./, '') : undefined;
};

/** A field alone, in the shape of stats. */
const alone = (field: string, value: unknown): object => {
  if (field.startsWith('custom.')) return { custom: { [field.slice('custom.'.length)]: value } };
  if (field.startsWith('slots.'))
    return { slots: { total: 0, available: 0, [field.slice('slots.'.length)]: value } };
  return { [field]: value };
};

/** Free slots follow from the requests in flight where nobody tells them. */
const slotsOf = (numbers: ReadonlyMap<string, number>): Stats['slots'] | string => {
  const total = numbers.get('slots.total');
  const inFlight = numbers.get('inFlight');
  const free = total === undefined || inFlight === undefined ? undefined : Math.max(0, total - inFlight);
  const available = numbers.get('slots.available') ?? free;
  if (total !== undefined && available !== undefined) return { total, available };
  if (total !== undefined) return 'slots.total: goes with slots.available or inFlight';
  return available === undefined ? undefined : 'slots.available: goes with slots.total';
};

const groupedStats = (numbers: ReadonlyMap<string, number>, faults: string[]): Stats => {
  const slots = slotsOf(numbers);
  if (typeof slots === 'string') faults.push(slots);
  const custom = [...numbers].filter(([field]) => field.startsWith('custom.'));
  if (custom.length > MAX_NUMBERS) faults.push(`custom: only ${MAX_NUMBERS} of ${custom.length} numbers`);
  const named = custom.slice(0, MAX_NUMBERS).map(([field, value]) => [field.slice(7), value]);
  return {
    ...Object.fromEntries([...numbers].filter(([field]) => !field.includes('.'))),
    ...(typeof slots === 'object' ? { slots } : {}),
    ...(named.length > 0 ? { custom: Object.fromEntries(named) } : {}),
  };
};

/** Drops every value that would have the whole report refused, by the very ranges that proxies check. */
export const checkedStats = (found: Found): CheckedStats => {
  const faults: string[] = [];
  const numbers = new Map<string, number>();
  for (const [field, value] of found) {
    const fault = faultOf(alone(field, value));
    if (fault === undefined && typeof value === 'number') numbers.set(field, value);
    else if (faults.length < MAX_NUMBERS) faults.push(fault ?? `${field}: expected a number`);
  }
  return { stats: groupedStats(numbers, faults), faults };
};
