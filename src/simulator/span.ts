import { duration } from '../core/options.ts';

/** A time above 0, as it is written in a scenario. */
export const span = () => duration().refine((millis) => millis > 0, { error: 'expected more than 0' });
