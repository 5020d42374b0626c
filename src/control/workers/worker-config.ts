import { availableParallelism } from 'node:os';
import type { Config } from '../../config/schema/schema.ts';
import { waitingKeys } from '../loading/waiting-keys.ts';

/** How many workers a configuration wants: `auto` is one for each core that this process may use. */
export const workersOf = ({ workers }: Pick<Config, 'workers'>): number =>
  workers === 'auto' ? availableParallelism() : workers;

const addressesOf = ({ listen }: Pick<Config, 'listen'>): string =>
  listen.map(({ address }) => address).join();

/** Whether two configurations listen at the same addresses, in the same order. */
export const listensAlike = (a: Pick<Config, 'listen'>, b: Pick<Config, 'listen'>): boolean =>
  addressesOf(a) === addressesOf(b);

/** Whether workers have to be replaced to go from one configuration to another that listens at the same addresses. */
export const needsRoll = (running: Config, wanted: Config): boolean =>
  waitingKeys(running, wanted).some((key) => key === 'listen' || key === 'transport');

/** Which keys of a new configuration wait for a restart, since the one that control started with. */
export const waitsForControl = (started: Config, wanted: Config): readonly string[] =>
  waitingKeys(started, wanted).filter((key) => {
    if (key === 'listen') return !listensAlike(started, wanted);
    return key !== 'workers' && key !== 'transport';
  });
