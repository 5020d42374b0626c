import type { ServerView } from '../control/views.ts';
import { type AdminChoice, adminAddress } from './admin-address.ts';
import { askAdmin } from './admin-client.ts';

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
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  const weight = match ? Number(match[1]) / (match[2] ? 100 : 1) : Number.NaN;
  if (weight <= 256) return weight;
  throw new Error(`weight: expected a number from 0 to 256 or a percentage, got ${JSON.stringify(text)}`);
};

/** `in drain (by hand: new disk)`, `ready with weight 0.5`. */
const sentence = ({ id, pool, state, weight, hand, reason }: ServerView): string => {
  const weighed = weight === 1 ? '' : ` with weight ${weight}`;
  const until = hand?.until === undefined ? '' : ` until ${new Date(hand.until).toISOString()}`;
  const why = reason ? `: ${reason}` : '';
  return `${id} in pool ${pool} is ${state}${weighed}${until}${why}\n`;
};

const faultIn = (text: string): string => {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string } };
    return error?.message ?? text;
  } catch {
    return text;
  }
};

/** `forehand servers drain|maint|ready|weight ID`. Rejects with the reason where it was not done. */
export const setServer = async (server: string, change: Change, options: SetOptions): Promise<void> => {
  const { pool, for: time, reason, json } = options;
  const order = { server, pool, ...change, for: time, reason };
  const { status, text } = await askAdmin(await adminAddress(options), '/api/v1/servers/set', order);
  if (status !== 200) throw new Error(`servers: ${faultIn(text)}`);
  const view = JSON.parse(text) as ServerView;
  process.stdout.write(json ? `${JSON.stringify(view, null, 2)}\n` : sentence(view));
};
