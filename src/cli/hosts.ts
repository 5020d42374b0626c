import { text as readAll } from 'node:stream/consumers';
import { parseData } from '../config/reading/parse-data.ts';
import type { HostView } from '../control/views/views.ts';
import { messageOf } from '../core/errors.ts';
import type { AdminChoice } from './admin-address.ts';
import { askApi } from './ask-api.ts';
import { plainJson } from './plain-json.ts';
import { plainLine, plainText } from './plain-text.ts';
import { readSource } from './read-source.ts';
import { table } from './table.ts';

const PATH = '/api/v1/hosts';

interface HostOptions extends AdminChoice {
  readonly json?: boolean;
}

interface AddOptions extends HostOptions {
  readonly replace?: boolean;
}

const row = ({ name, aliases, default: isDefault, from, locations }: HostView): readonly string[] =>
  [name, aliases.join(', ') || '-', isDefault ? 'yes' : '-', from, String(locations.length)].map(plainText);

/** `forehand hosts ls`: the hosts of the running proxy as a table, or the very JSON of the API. */
export const listHosts = async (options: HostOptions): Promise<void> => {
  const hosts = (await askApi(options, { verb: 'hosts', path: PATH })) as readonly HostView[];
  const rows = [['host', 'aliases', 'default', 'from', 'locations'], ...hosts.map(row)];
  process.stdout.write(options.json ? `${plainJson(hosts, 2)}\n` : table(rows));
};

const sourceOf = async (file: string): Promise<{ readonly file: string; readonly text: string }> =>
  file === '-' ? { file: 'standard input', text: await readAll(process.stdin) } : readSource(file);

const parsed = (file: string, text: string): unknown => {
  try {
    return parseData(text);
  } catch (thrown) {
    throw new Error(`${file}: ${messageOf(thrown)}`);
  }
};

/** A host, or several as a list. Rejects with an Error that names the file where there is none. */
const readHosts = async (from: string): Promise<readonly (object & { readonly name: string })[]> => {
  const { file, text } = await sourceOf(from);
  const data = parsed(file, text);
  return (Array.isArray(data) ? data : [data]).map((host: unknown, i) => {
    const isHost = typeof host === 'object' && host !== null && 'name' in host;
    if (isHost && typeof host.name === 'string') return { ...host, name: host.name };
    const place = Array.isArray(data) ? `${file}: entry ${i + 1}` : file;
    throw new Error(`${place}: expected a host as in the configuration, with its \`name\``);
  });
};

/** `forehand hosts add FILE`: adds the host or hosts of a YAML or JSON file, `-` for standard input. Stops at a refusal. */
export const addHosts = async (file: string, { replace = false, ...options }: AddOptions): Promise<void> => {
  for (const host of await readHosts(file)) {
    const how = replace
      ? ({ path: `${PATH}/${encodeURIComponent(host.name)}`, method: 'PUT' } as const)
      : ({ path: PATH, method: 'POST' } as const);
    const view = (await askApi(options, { verb: 'hosts', ...how, question: host })) as HostView;
    const done = `${view.name} is served`;
    process.stdout.write(options.json ? `${plainJson(view)}\n` : `${plainLine(done)}\n`);
  }
};

/** `forehand hosts remove NAME`. Rejects with the reason where it was not done. */
export const removeHost = async (name: string, options: HostOptions): Promise<void> => {
  const path = `${PATH}/${encodeURIComponent(name)}`;
  const view = (await askApi(options, { verb: 'hosts', path, method: 'DELETE' })) as HostView;
  process.stdout.write(
    options.json ? `${plainJson(view)}\n` : `${plainLine(`${view.name} is served no more`)}\n`,
  );
};
