import { parseServerUrl } from '../../core/accept.ts';
import { isObject } from '../../core/is-object.ts';
import { MAX_SERVERS } from '../../core/pool-servers.ts';
import type { ServerSpec } from '../../core/server-spec.ts';
import { listOf, specOf } from './server-list.ts';

/** As many tags as a server of the configuration may have. */
const MAX_TAGS = 64;
/** Longest tag that byTag can ask for. */
const MAX_TAG = 128;
/** The longest name of a host, its port and a scheme take fewer. */
const MAX_TARGET = 300;
/** Names of labels in Prometheus (data model), with the `.`, `/` and `-` of Kubernetes and OpenTelemetry. */
const LABEL_NAME = /^[a-z_][\w./-]{0,99}$/i;
const PRINTED = /^[^\p{Cc}\p{Cs}]+$/u;

interface Labels {
  readonly scheme: string;
  readonly tags: readonly string[];
}

/** A value in a message: short, and in one line. */
const shown = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'a mapping';
  return value === undefined ? 'nothing' : String(value);
};

const fault = (place: string, expected: string, got: unknown): string =>
  `${place}: expected ${expected}, got ${shown(got)}`;

const tagsOf = (name: string, value: string): readonly string[] => {
  if (name.startsWith('__')) return [];
  if (name !== 'tags') return [`${name}=${value}`];
  return value
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
};

const readLabels = (labels: unknown, place: string): Labels | string => {
  if (labels === undefined || labels === null) return { scheme: 'http', tags: [] };
  if (!isObject(labels)) return fault(place, 'a mapping of names to texts', labels);
  const tags = new Set<string>();
  let scheme = 'http';
  for (const [name, value] of Object.entries(labels)) {
    if (!LABEL_NAME.test(name)) return fault(place, 'names such as rack', name);
    const here = `${place}.${name}`;
    if (typeof value !== 'string')
      return fault(here, 'a text (write it in quotes if it looks like a number)', value);
    if (name === '__scheme__' && value !== 'http' && value !== 'https')
      return fault(here, 'http or https', value);
    if (name === '__scheme__') scheme = value;
    for (const tag of tagsOf(name, value)) {
      if (tag.length > MAX_TAG || !PRINTED.test(tag))
        return fault(here, `a tag of at most ${MAX_TAG} printed characters`, tag);
      tags.add(tag);
    }
  }
  return tags.size <= MAX_TAGS
    ? { scheme, tags: [...tags] }
    : fault(place, `at most ${MAX_TAGS} tags`, tags.size);
};

/** A URL parser takes `10.1` for 10.0.0.1 and `%61` for a: what is meant must be what is written. */
const isWritten = (url: URL, text: string): boolean => {
  const host = text.replace(/^https?:\/\//i, '').replace(/:\d+\/?$|\/$/, '');
  return host.startsWith('[') || url.hostname === host.toLowerCase();
};

const readTarget = (target: unknown, { scheme, tags }: Labels, place: string): ServerSpec | string => {
  const expected = 'host and port such as 10.0.0.1:3000, or a URL such as https://10.0.0.1:8443';
  if (typeof target !== 'string' || target.length > MAX_TARGET) return fault(place, expected, target);
  const isUrl = /^https?:\/\//i.test(target);
  if (!isUrl && !/:\d+$/.test(target)) return fault(place, `${expected}; the port is missing or odd`, target);
  const url = parseServerUrl(isUrl ? target : `${scheme}://${target}`);
  return url && isWritten(url, target) ? specOf(url, tags) : fault(place, expected, target);
};

const readGroup = (group: unknown, place: string): readonly ServerSpec[] | string => {
  if (!isObject(group)) return fault(place, 'a mapping with `targets`', group);
  const unknown = Object.keys(group).find((key) => key !== 'targets' && key !== 'labels');
  if (unknown !== undefined) return fault(place, '`targets` and `labels` and nothing else', unknown);
  const { targets } = group;
  if (!Array.isArray(targets)) return fault(`${place}.targets`, 'a list', targets);
  const labels = readLabels(group['labels'], `${place}.labels`);
  if (typeof labels === 'string') return labels;
  const specs: ServerSpec[] = [];
  for (const [i, target] of targets.entries()) {
    const spec = readTarget(target, labels, `${place}.targets[${i}]`);
    if (typeof spec === 'string') return spec;
    specs.push(spec);
  }
  return specs;
};

/**
 * Reads a list of targets in the shape of Prometheus file_sd: `[{ targets: ['10.0.0.1:3000'], labels: { rack: 'r1' } }]`.
 * A label becomes the tag `rack=r1`; `tags: a,b` the tags a and b; `__scheme__` says http or https; others that begin
 * with `__` mean nothing. For anything else, what is wrong in words, with the place: `[2].targets[0]: expected ...`.
 * A file without anything in it is an empty list.
 */
export const readTargets = (value: unknown): readonly ServerSpec[] | string => {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return fault('the file', 'a list of mappings with `targets`', value);
  const specs: ServerSpec[] = [];
  for (const [i, group] of value.entries()) {
    const read = readGroup(group, `[${i}]`);
    if (typeof read === 'string') return read;
    specs.push(...read);
    if (specs.length > MAX_SERVERS) return `[${i}].targets: more than ${MAX_SERVERS} servers in one file`;
  }
  return listOf(specs);
};
