import type { ServerView } from '../control/views/views.ts';
import type { AdminChoice } from './admin-address.ts';
import { askApi } from './ask-api.ts';
import { partOf } from './part-of.ts';
import { plainJson } from './plain-json.ts';
import { plainLine } from './plain-text.ts';

/** How a verb that sets a server is told more about it. */
export interface SetOptions extends AdminChoice {
  readonly pool?: string;
  /** A duration as text. */
  readonly for?: string;
  readonly reason?: string;
  readonly json?: boolean;
}

type Change = { readonly state: 'ready' | 'drain' | 'maint' } | { readonly weight: number };

/** `0.5` and `50%` are half. Throws for what is neither. */
export const readWeight = (text: string): number => {
  const weight = partOf(text);
  if (weight <= 256) return weight;
  throw new Error(`weight: expected a number from 0 to 256 or a percentage, got ${JSON.stringify(text)}`);
};

/** `in drain (by hand: new disk)`, `ready with weight 0.5`. */
const sentence = ({ id, pool, state, weight, hand, reason }: ServerView): string => {
  const weighed = weight === 1 ? '' : ` with weight ${weight}`;
  const until = hand?.until === undefined ? '' : ` until ${new Date(hand.until).toISOString()}`;
  const why = reason ? `: ${reason}` : '';
  return `${id} in pool ${pool} is ${state}${weighed}${until}${why}`;
};

/** `forehand servers drain|maint|ready|weight ID`. Rejects with the reason where it was not done. */
export const setServer = async (server: string, change: Change, options: SetOptions): Promise<void> => {
  const { pool, for: time, reason, json } = options;
  const question = { server, pool, ...change, for: time, reason };
  const asked = { verb: 'servers', path: '/api/v1/servers/set', question };
  const view = (await askApi(options, asked)) as ServerView;
  process.stdout.write(json ? `${plainJson(view, 2)}\n` : `${plainLine(sentence(view))}\n`);
};
