import { isObject } from '../../core/is-object.ts';

/** A mapping from names to values of any kind. */
export type Mapping = Readonly<Record<string, unknown>>;

/** True for any object that is not a list. */
export const isMapping = (value: unknown): value is Mapping => isObject(value);

/** True for an object that is nothing but a mapping: `{}` and the like, no instance of a class. */
export const isPlainObject = (value: unknown): value is Mapping => {
  if (!isMapping(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
};
