import { isObject } from '../core/is-object.ts';
/** The data of one session. Frozen, with all that is in it. */
export type SessionData = Readonly<Record<string, unknown>>;

const freeze = (value: unknown): void => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
};

/** A key such as `__proto__` is a key like any other here. */
const withoutPrototype = (value: Record<string, unknown>): Record<string, unknown> =>
  Object.assign(Object.create(null), value);

/** Reads what `sessionText` wrote; undefined for anything else. */
export const sessionDataIn = (text: string): SessionData | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) return undefined;
    const data = withoutPrototype(value);
    freeze(data);
    return data;
  } catch {
    return undefined;
  }
};

/** The data as text, to be kept. */
export const sessionText = (data: SessionData): string => JSON.stringify(data);

const said = (value: unknown): string | undefined => {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
};

/** The data with one value more. Throws a TypeError for a value that JSON cannot say. */
export const withValue = (data: SessionData, key: string, value: unknown): SessionData => {
  const text = said(value);
  if (text === undefined)
    throw new TypeError(`session.set: JSON cannot say the value of ${JSON.stringify(key)}`);
  const made = withoutPrototype(data);
  Object.defineProperty(made, key, { value: JSON.parse(text), enumerable: true });
  freeze(made);
  return made;
};

/** The data without one value. */
export const withoutKey = (data: SessionData, key: string): SessionData => {
  const made = withoutPrototype(Object.fromEntries(Object.entries(data).filter(([name]) => name !== key)));
  freeze(made);
  return made;
};
