import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Agent, get, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { eventually, type Running, startCommand } from './command.ts';

/** A proxy with several workers that runs beside the test. */
export interface RunningProxy {
  readonly program: Running;
  /** `http://host:port`. */
  readonly url: string;
  readonly admin: string;
  /** Where reports are taken. */
  readonly agents: string;
}

export interface Facts {
  readonly servers: readonly string[];
  readonly workers?: number | 'auto';
  /** Further keys of the pool, each with four spaces before it, and of the whole. */
  readonly pool?: string;
  readonly more?: string;
}

/** The text of a configuration that listens on ports that the system chooses. */
export const configText = ({ servers, workers = 2, pool = '', more = '' }: Facts): string =>
  `listen: ["127.0.0.1:0"]
admin: "127.0.0.1:0"
workers: ${workers}
agents: { listen: "http://127.0.0.1:0", rate: 10000 }
${more}pools:
  web:
    servers: ${JSON.stringify(servers)}
    accept: ["127.0.0.0/8"]
${pool}`;

/** Starts the built command in a folder with this configuration. */
export const startProxy = async (folder: string, facts: Facts): Promise<RunningProxy> => {
  await writeFile(join(folder, 'forehand.yaml'), configText(facts));
  const program = startCommand(['run'], { cwd: folder });
  const [, address] = await program.says(/serving on (\S+?),? with/);
  const [, admin] = await program.says(/admin on (http:\/\/\S+)\//);
  const [, agents = ''] = await program.says(/reports: .*?(http:\/\/127\.0\.0\.1:\d+)/);
  return { program, url: `http://${address}`, admin: admin ?? '', agents };
};

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends a GET, on a connection of its own unless an agent is given. */
export const ask = (url: string, agent: Agent | false = false): Promise<Answer> =>
  new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      answer.on('error', reject);
    }).on('error', reject);
  });

/** The samples of the metrics, by name and labels. */
export const samples = async ({ admin }: RunningProxy): Promise<ReadonlyMap<string, number>> => {
  const { text } = await ask(`${admin}/metrics`);
  return new Map(
    [...text.matchAll(/^(\w+(?:\{.*\})?) (\S+)$/gm)].map(([, name, value]) => [name ?? '', Number(value)]),
  );
};

interface ServerFacts {
  readonly id: string;
  readonly inFlight: number;
  readonly forwarded: number;
  readonly state: string;
  readonly load1?: number;
  readonly connections: { readonly open: number };
}

export const serversOf = async ({ admin }: RunningProxy): Promise<readonly ServerFacts[]> =>
  JSON.parse((await ask(`${admin}/api/v1/servers`)).text);

export const reload = (
  admin: string,
): Promise<{ readonly ok: boolean; readonly ignored: readonly string[] }> =>
  fetch(`${admin}/api/v1/reload`, { method: 'POST', headers: { 'content-type': 'application/json' } }).then(
    (answer) => answer.json() as Promise<{ ok: boolean; ignored: string[] }>,
  );

/** Ids of the processes that a process has started, oldest first. */
export const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

export const controlOf = ({ program }: RunningProxy): number => childrenOf(program.child.pid ?? 0)[0] ?? 0;

export const workersOf = (proxy: RunningProxy): readonly number[] => childrenOf(controlOf(proxy));

/**
 * Asks on new connections until each of so many workers has given an answer that is as wanted. The workers say who they
 * are in the field `location`, as `?pid=`.
 */
export const eventuallyAll = async (
  url: string,
  workers: number,
  wanted: (place: URLSearchParams) => boolean,
): Promise<void> => {
  const good = new Set<string>();
  await eventually(
    async () => {
      const { headers } = await ask(url);
      const place = new URL(headers.location ?? '', url).searchParams;
      const pid = place.get('pid') ?? '';
      if (wanted(place)) good.add(pid);
      else good.delete(pid);
      return good.size;
    },
    (count) => count >= workers,
  );
};

/** Clients that ask again and again, each on one connection that stays open. */
export class Load {
  readonly failures: { readonly client: number; readonly why: string }[] = [];
  answered = 0;
  readonly #clients: readonly Promise<void>[];
  #ended = false;

  constructor(url: string, clients: number) {
    this.#clients = Array.from({ length: clients }, (_, client) => this.#run(url, client));
  }

  /** Resolves when each has had its last answer. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#clients);
  }

  async #run(url: string, client: number): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!this.#ended) {
      try {
        const { status } = await ask(url, agent);
        if (status !== 200) throw new Error(String(status));
        this.answered += 1;
      } catch (thrown) {
        this.failures.push({ client, why: thrown instanceof Error ? thrown.message : String(thrown) });
      }
    }
    agent.destroy();
  }
}
