import { z } from '../../../core/options.ts';

/** The shapes of answers that have a name in the OpenAPI document. */
export const shapes = z.registry<{ id: string }>();

/** Gives a shape a name. `View` is the type that it describes: what it lets through must be one. */
export const shapeOf =
  <View>(id: string) =>
  <Schema extends z.ZodType<View>>(schema: Schema): Schema => {
    shapes.add(schema, { id });
    return schema;
  };

/** A list of things of one shape, with a name of its own. */
export const listOf = <Schema extends z.ZodType>(id: string, schema: Schema): z.ZodArray<Schema> => {
  const list = z.array(schema);
  shapes.add(list, { id });
  return list;
};

/** Any text. */
export const text = (): z.ZodString => z.string();
/** What is null while it is not known. */
export const orNull = <Schema extends z.ZodType>(schema: Schema): z.ZodNullable<Schema> => schema.nullable();
/** Epoch ms. */
export const date = (): z.ZodNumber => z.number().describe('epoch milliseconds');
/** From 0 on. */
export const count = (): z.ZodNumber => z.number().min(0);
/** 0..1 */
export const part = (): z.ZodNumber => z.number().min(0).max(1);
