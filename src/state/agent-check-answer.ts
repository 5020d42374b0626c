import { isDeepStrictEqual } from 'node:util';
import type { ToldState } from '../core/server-spec.ts';

/** What one answer of an agent says. A word that it leaves out changes nothing. */
export interface AgentCheckAnswer {
  /** 1 is as usual, 0..256. */
  readonly weight?: number;
  readonly maxconn?: number;
  /** What an operator wants of the server. */
  readonly admin?: 'ready' | 'drain' | 'maint';
  /** What is wrong with it, or no more. */
  readonly health?: 'up' | 'down';
  /** Text behind `#`; empty if there is none. */
  readonly reason: string;
}

/** What all answers so far come to. */
export interface AgentSaid {
  readonly told: ToldState;
  readonly admin: NonNullable<AgentCheckAnswer['admin']>;
  readonly health: NonNullable<AgentCheckAnswer['health']>;
}

const MAX_WEIGHT = 256;
const MAX_CONNECTIONS = 1e7;
/** Longer text in a state is cut. */
const MAX_REASON = 200;

const NUMBER = /^(\d{1,8}(?:\.\d{1,8})?)$/;

type Facts = Omit<AgentCheckAnswer, 'reason'>;

const WORDS: ReadonlyMap<string, Facts> = new Map<string, Facts>([
  ['ready', { admin: 'ready' }],
  ['drain', { admin: 'drain' }],
  ['maint', { admin: 'maint' }],
  ['up', { health: 'up' }],
  ['down', { health: 'down' }],
  ['fail', { health: 'down' }],
  ['stopped', { health: 'down' }],
]);

const numberIn = (text: string, most: number): number | undefined => {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return value <= most ? value : undefined;
};

/** `75%` and `weight:75%` are 0.75; `weight:120` is out of 100, so 1.2. */
const weightIn = (word: string): number | undefined => {
  const named = word.startsWith('weight:');
  const text = named ? word.slice('weight:'.length) : word;
  if (text.endsWith('%')) {
    const percent = numberIn(text.slice(0, -1), 100 * MAX_WEIGHT);
    return percent === undefined ? undefined : percent / 100;
  }
  const outOf100 = named ? numberIn(text, MAX_WEIGHT) : undefined;
  return outOf100 === undefined ? undefined : outOf100 / 100;
};

const factsIn = (word: string): Facts | undefined => {
  const known = WORDS.get(word);
  if (known) return known;
  const weight = weightIn(word);
  if (weight !== undefined) return { weight };
  const maxconn = word.startsWith('maxconn:')
    ? numberIn(word.slice('maxconn:'.length), MAX_CONNECTIONS)
    : undefined;
  return maxconn === undefined ? undefined : { maxconn };
};

/**
 * Reads one line of an agent in HAProxy's dialect: words in any case between spaces, tabs and commas, then perhaps `#`
 * and text to the end. The last of two words about the same thing holds; words that are not known are passed over.
 * Undefined for a line without a word that is known, or with anything but printable ASCII.
 * Source: HAProxy 3.0, configuration.txt, 5.2 agent-check.
 */
export const parseAgentCheck = (line: string): AgentCheckAnswer | undefined => {
  if (!/^[\t\x20-\x7e]*$/.test(line)) return undefined;
  const [words = '', ...text] = line.split('#');
  const facts = words
    .toLowerCase()
    .split(/[ \t,]+/)
    .flatMap((word) => factsIn(word) ?? []);
  if (facts.length === 0) return undefined;
  return Object.assign({ reason: text.join('#').trim().slice(0, MAX_REASON) }, ...facts);
};

const stateOf = ({ admin, health }: Pick<AgentSaid, 'admin' | 'health'>): ToldState['state'] => {
  if (admin === 'maint') return 'maint';
  return health === 'down' ? 'down' : admin;
};

/** The answers before and one more. `told` is the same object where nothing has changed. */
export const joinAnswer = (before: AgentSaid | undefined, answer: AgentCheckAnswer): AgentSaid => {
  const admin = answer.admin ?? before?.admin ?? 'ready';
  const health = answer.health ?? before?.health ?? 'up';
  const state = stateOf({ admin, health });
  const kept = state === before?.told.state ? before.told.reason : '';
  const saysState = answer.admin !== undefined || answer.health !== undefined;
  const custom = answer.maxconn === undefined ? before?.told.custom : { maxconn: answer.maxconn };
  const told: ToldState = {
    state,
    weight: answer.weight ?? before?.told.weight ?? 1,
    reason: saysState ? answer.reason : answer.reason || kept,
    ...(custom ? { custom } : {}),
  };
  return {
    told: before && isDeepStrictEqual(before.told, told) ? before.told : told,
    admin,
    health,
  };
};
