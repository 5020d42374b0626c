import type { ServerView } from '../../control/views/views.ts';
import { table } from '../table.ts';
import type { DemoLine } from './tally.ts';

const BAR = 20;

/** What stays on the screen for the whole demo. */
export interface ScreenHead {
  readonly version: string;
  readonly proxy: string;
  readonly admin: string;
  /** Ports that were taken, in a sentence; empty if none was. */
  readonly note: string;
}

const rowOf = (server: ServerView, share: number, about: string): readonly string[] => [
  `    ${server.id}`,
  server.state,
  about,
  server.cpuIdle === undefined ? '-' : `idle ${(server.cpuIdle * 100).toFixed(0)}%`,
  `arriba ${server.arriba?.toFixed(0) ?? '-'}`,
  `in flight ${server.inFlight}`,
  `${'#'.repeat(Math.round(share * BAR)).padEnd(BAR, '.')} ${(share * 100).toFixed(0)}%`,
];

const headLines = ({ version, proxy, admin, note }: ScreenHead): readonly string[] => [
  `forehand ${version} demo            Ctrl-C to stop`,
  `  proxy      ${proxy}      try: curl -i ${proxy}/`,
  `  admin      ${admin}`,
  ...(note ? [`  ports      ${note}`] : []),
];

/** The whole screen as text. */
export const screenText = (
  head: ScreenHead,
  now: {
    readonly servers: readonly ServerView[];
    readonly line: DemoLine;
    readonly chain: string;
    readonly about: ReadonlyMap<string, string>;
    readonly said: readonly string[];
  },
): string => {
  const up = now.servers.filter(({ state }) => state === 'ready').length;
  const rows = now.servers.map((server, i) =>
    rowOf(server, now.line.servers[i]?.share ?? 0, now.about.get(server.id) ?? ''),
  );
  return [
    ...headLines(head),
    `  servers    ${up} of ${now.servers.length} ready      chain  ${now.chain}`,
    `  requests   ${now.line.requests}, ${now.line.failed} failed`,
    '',
    table([
      ['    server', 'state', 'manner', 'cpu', 'speed', 'open', 'share of the last second'],
      ...rows,
    ]).trimEnd(),
    '',
    '  keys       s: make node-3 busy   k: kill node-2   d: drain node-1   c: change the chain   q: quit',
    ...now.said.map((sentence) => `  ${sentence}`),
    '',
  ].join('\n');
};

/** Keeps a text up to date in place on a terminal; elsewhere it prints each text that differs from the last. */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  #lines = 0;
  #last = '';

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  show(text: string): void {
    if (text === this.#last) return;
    this.#last = text;
    if (!this.#out.isTTY) {
      this.#out.write(text);
      return;
    }
    const up = this.#lines > 0 ? `\x1b[${this.#lines}A\x1b[0J` : '';
    this.#out.write(`${up}${text}`);
    this.#lines = text.split('\n').length - 1;
  }
}
