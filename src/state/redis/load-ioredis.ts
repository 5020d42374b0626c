import { messageOf } from '../../core/errors.ts';

/** What the package exports. */
export type Ioredis = Pick<typeof import('ioredis'), 'Redis' | 'AbstractConnector'>;

/**
 * The package ioredis. It is no dependency of ours: only who uses redis installs it. Rejects with an error that says
 * how.
 */
export const loadIoredis = async (
  load: () => Promise<Ioredis> = () => import('ioredis'),
): Promise<Ioredis> => {
  try {
    return await load();
  } catch (thrown) {
    const message = `redis needs the package ioredis 6 (npm install ioredis): ${messageOf(thrown)}`;
    throw new Error(message, { cause: thrown });
  }
};
