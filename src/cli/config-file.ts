import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { ConfigSource } from '../config/read.ts';

/** Where a configuration is looked for when none is named. */
const PLACES = ['forehand.yaml', '/etc/forehand/forehand.yaml'];

const exists = (file: string): Promise<boolean> =>
  access(file, constants.R_OK).then(
    () => true,
    () => false,
  );

const standardInput = async (): Promise<string> => {
  let text = '';
  for await (const part of process.stdin.setEncoding('utf8')) text += part;
  return text;
};

/** The configuration file that a verb is about: the one named, else the first that is there. Undefined if none is. */
export const findConfig = async (named: string | undefined): Promise<ConfigSource | undefined> => {
  if (named === '-') return { file: 'standard input', text: await standardInput() };
  if (named !== undefined) return { file: named };
  for (const file of PLACES) if (await exists(file)) return { file };
  return undefined;
};

/** The same, or an error that says where it was looked for. */
export const configOrError = async (named: string | undefined): Promise<ConfigSource> => {
  const source = await findConfig(named);
  if (!source)
    throw new Error(
      `no configuration found (looked for ${PLACES.join(', ')}); name one with --config, or try: forehand demo`,
    );
  return source;
};
