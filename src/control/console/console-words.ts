import { messageOf } from '../../core/errors.ts';
import type { HandOrder } from '../hands.ts';
import type { ConsoleParts } from './console-parts.ts';
import { eventsText, explainText, poolsText, serversText, serverText, statusText } from './console-text.ts';

/** What is said to a line. `ok` false: it was refused, and the lines say why. `end`: the connection is over. */
export interface ConsoleAnswer {
  readonly ok: boolean;
  readonly lines: readonly string[];
  readonly end?: boolean;
}

const HELP = [
  'status                 how the proxy is',
  'servers                servers with their states',
  'pools                  pools with their states',
  'drain ID [REASON]      no new requests for a server; those under way end as ever',
  'maint ID [REASON]      the same, for one that is being worked on',
  'ready ID               lifts what was set by hand',
  'weight ID N            more or fewer requests; 1 is as usual',
  'explain URL            what the chain would answer now',
  'events [N]             the last N events, 20 if left out',
  'reload                 reads the configuration again',
  'quit                   ends the proxy as TERM does',
  'bye                    ends this connection',
  '--json behind status, servers, pools, explain and events: the JSON of the API',
];

const EVENTS = 20;
const MOST_EVENTS = 1000;
const MOST_REASON = 200;

const done = (...lines: readonly string[]): ConsoleAnswer => ({ ok: true, lines });
const refused = (...lines: readonly string[]): ConsoleAnswer => ({ ok: false, lines });

interface Said {
  readonly words: readonly string[];
  /** What stands behind the second word, with its blanks. */
  readonly rest: string;
  readonly json: boolean;
}

type Word = (parts: ConsoleParts, said: Said) => Promise<ConsoleAnswer>;

/** Shows something that was looked up. */
const shows =
  <Value>(look: (parts: ConsoleParts) => Promise<Value>, text: (value: Value) => readonly string[]): Word =>
  async (parts, { json, words }) => {
    if (words.length > 0) return refused(`it takes nothing but --json, got "${words.join(' ')}"`);
    const value = await look(parts);
    return done(...(json ? [JSON.stringify(value)] : text(value)));
  };

const order = async (parts: ConsoleParts, wanted: HandOrder): Promise<ConsoleAnswer> => {
  const set = await parts.setServer(wanted);
  return 'code' in set ? refused(set.message) : done(serverText(set));
};

const sets =
  (state: 'drain' | 'maint' | 'ready'): Word =>
  async (parts, { words: [server], rest }) => {
    if (server === undefined) return refused(`which server? ${state} ID`);
    if (rest.length > MOST_REASON) return refused(`a reason has at most ${MOST_REASON} characters`);
    return order(parts, { server, state, ...(rest === '' ? {} : { reason: rest }) });
  };

const weighs: Word = async (parts, { words: [server, text, ...more] }) => {
  const weight = Number(text);
  if (server === undefined || text === undefined || more.length > 0) return refused('weight ID N');
  return weight >= 0 && weight <= 256
    ? order(parts, { server, weight })
    : refused(`expected a weight from 0 to 256, got "${text}"`);
};

const explains: Word = async (parts, { words: [url, ...more], json }) => {
  if (url === undefined || more.length > 0) return refused('explain URL');
  const answer = await parts.explain(url);
  if (!answer) return refused('no route matches this request');
  return done(...(json ? [JSON.stringify(answer)] : explainText(answer)));
};

const tells: Word = async (parts, { words: [text = String(EVENTS), ...more], json }) => {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > MOST_EVENTS || more.length > 0)
    return refused(`expected a number of events from 1 to ${MOST_EVENTS}`);
  const events = await parts.events(count);
  return done(...(json ? [JSON.stringify(events)] : eventsText(events)));
};

const reloads: Word = async (parts) => {
  const { ok, text, ignored } = await parts.reload();
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (!ok) return refused(...lines);
  const waiting = ignored.length > 0 ? [`waiting for a restart: ${ignored.join(', ')}`] : [];
  return done(...lines, ...waiting, 'the new configuration is in use');
};

const quits: Word = async (parts) =>
  (await parts.quit())
    ? { ...done('the proxy ends'), end: true }
    : refused('this proxy is part of another program, which ends it');

const WORDS: ReadonlyMap<string, Word> = new Map([
  ['help', async () => done(...HELP)],
  ['status', shows((parts) => parts.status(), statusText)],
  ['servers', shows((parts) => parts.servers(), serversText)],
  ['pools', shows((parts) => parts.pools(), poolsText)],
  ['drain', sets('drain')],
  ['maint', sets('maint')],
  ['ready', sets('ready')],
  ['weight', weighs],
  ['explain', explains],
  ['events', tells],
  ['reload', reloads],
  ['quit', quits],
  ['bye', async () => ({ ...done(), end: true })],
]);

/** Carries a line out. Never rejects: what goes wrong is refused with the reason. */
export const sayWords = async (line: string, parts: ConsoleParts): Promise<ConsoleAnswer> => {
  if (/\p{Cc}/u.test(line.replaceAll('\t', ' '))) return refused('a line has no control characters');
  const all = line.split(/[ \t]+/).filter((word) => word !== '');
  const json = all.at(-1) === '--json';
  const [name = '', ...words] = json ? all.slice(0, -1) : all;
  const word = WORDS.get(name);
  if (!word) return refused(`unknown word "${name.slice(0, 32)}"; help lists all`);
  try {
    return await word(parts, { words, rest: words.slice(1).join(' '), json });
  } catch (thrown) {
    return refused(messageOf(thrown));
  }
};
