import { configSchema } from '../config/schema/schema.ts';

/** `forehand schema`: for editors. */
export const printSchema = (): void =>
  void process.stdout.write(`${JSON.stringify(configSchema(), null, 2)}\n`);
