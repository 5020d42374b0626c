import { z } from '../../core/options.ts';
import type { HostFault, HostsPart, HostView } from '../views/views.ts';
import { type Answer, errorAnswer, jsonAnswer } from './admin-answer.ts';
import { readQuestion } from './admin-question.ts';
import { unknownAnswer } from './admin-servers.ts';

const NAME = 'expected the name of the host';

/** A host that is added: as in the configuration, with its name. What else it may say is checked by who takes it. */
export const newHostBody = z.looseObject({
  name: z.string({ error: NAME }).min(1, { error: NAME }).max(253),
});
/** A host that is put: the name stands in the path. */
export const changedHostBody = z.looseObject({ name: z.string({ error: NAME }).max(253).exactOptional() });

const STATUS: Readonly<Record<HostFault['code'], number>> = { unknown: 404, refused: 409 };

const notHere = (): Answer =>
  errorAnswer(404, 'not_found', 'hosts cannot be listed or changed while this proxy runs');

const doneAnswer = (done: HostView | HostFault): Answer =>
  'code' in done ? errorAnswer(STATUS[done.code], done.code, done.message) : jsonAnswer(done);

/** All hosts in use. */
export const hostsAnswer = (hosts: HostsPart | undefined): Answer =>
  hosts ? jsonAnswer(hosts.list()) : notHere();

/** One host by its name or an alias; case says nothing. */
export const hostAnswer = (hosts: HostsPart | undefined, name: string): Answer => {
  if (!hosts) return notHere();
  const wanted = name.toLowerCase();
  const list = hosts.list();
  const found =
    list.find((host) => host.name.toLowerCase() === wanted) ??
    list.find((host) => host.aliases.some((alias) => alias.toLowerCase() === wanted));
  if (found) return jsonAnswer(found);
  return unknownAnswer(
    'host',
    name,
    list.map((host) => host.name),
  );
};

/** Adds the host that the body names. */
export const addHost = async (hosts: HostsPart | undefined, body: string): Promise<Answer> => {
  if (!hosts) return notHere();
  const read = readQuestion(body, newHostBody, 'bad_question');
  if ('fault' in read) return read.fault;
  const { name } = read.value;
  if (hosts.list().some((host) => host.name.toLowerCase() === name.toLowerCase()))
    return errorAnswer(
      409,
      'refused',
      `there is a host "${name}" already; PUT (forehand hosts add --replace) replaces it`,
    );
  return doneAnswer(await hosts.put(name, read.value));
};

/** Adds the host of this name, or replaces it. */
export const putHost = async (hosts: HostsPart | undefined, name: string, body: string): Promise<Answer> => {
  if (!hosts) return notHere();
  const read = readQuestion(body, changedHostBody, 'bad_question');
  if ('fault' in read) return read.fault;
  if (read.value.name !== undefined && read.value.name.toLowerCase() !== name.toLowerCase())
    return errorAnswer(400, 'bad_question', `name: the path says "${name}"`);
  return doneAnswer(await hosts.put(name, read.value));
};

/** Takes the host of this name away; answers with what it was. */
export const removeHost = async (hosts: HostsPart | undefined, name: string): Promise<Answer> =>
  hosts ? doneAnswer(await hosts.remove(name)) : notHere();
