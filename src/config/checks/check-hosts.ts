import type { Problem } from '../../core/errors.ts';
import { anError, aWarning } from '../reading/problem.ts';
import type { Locate, Path } from '../reading/sourced.ts';
import type { HostConfig } from '../schema/schema.ts';
import { chainHolds } from './check-pools.ts';
import type { Check } from './parts.ts';
import { answersOf, hostPath, hostRules } from './placed-rules.ts';

/** `hosts[2]`, or the host's name where that is its key. */
const called = ({ at, name }: HostConfig): string => (typeof at === 'number' ? `hosts[${at}]` : name);

const namesOf = (host: HostConfig): readonly (readonly [name: string, path: Path])[] => [
  [host.name, typeof host.at === 'number' ? [...hostPath(host), 'name'] : hostPath(host)],
  ...host.aliases.map((alias, i) => [alias, [...hostPath(host), 'aliases', i]] as const),
];

const namesDiffer: Check = ({ hosts = [] }, locate) => {
  const first = new Map<string, HostConfig>();
  return hosts.flatMap((host) =>
    namesOf(host).flatMap(([name, path]) => {
      const earlier = first.get(name);
      if (!earlier) first.set(name, host);
      return earlier
        ? [anError(`the name \`${name}\` is one of ${called(earlier)} already`, locate(path, 'key'))]
        : [];
    }),
  );
};

const oneIsDefault: Check = ({ hosts = [] }, locate) => {
  const [first, ...others] = hosts.filter((host) => host.default);
  return others.map((host) =>
    anError(
      `one host is for those that nobody knows, and ${called(first ?? host)} is that already`,
      locate([...hostPath(host), 'default']),
    ),
  );
};

const hostsAnswer: Check = ({ hosts = [] }, locate) =>
  hosts.flatMap((host): readonly Problem[] => {
    const [answer] = answersOf(host);
    const root = host.locations.findIndex(
      ({ path = '/', methods, headers }) => path === '/' && !methods && !headers,
    );
    if (answer === undefined && host.locations.length === 0)
      return [
        anError(
          `nothing answers for \`${host.name}\`: expected \`locations\`, \`pool\` or the like`,
          locate(hostPath(host), 'key'),
        ),
      ];
    if (answer === undefined || root === -1) return [];
    return [
      anError(
        `\`${answer}\` of the host answers for \`/\`, and locations[${root}] does too`,
        locate([...hostPath(host), 'locations', root]),
      ),
    ];
  });

const locationsDiffer: Check = ({ hosts = [] }, locate) =>
  hosts.flatMap((host) => {
    const first = new Map<string, number>();
    return host.locations.flatMap(({ path = '/', methods, headers }, i) => {
      const key = JSON.stringify([path, [...new Set(methods)].toSorted(), headers]);
      const earlier = first.get(key);
      if (earlier === undefined) first.set(key, i);
      return earlier === undefined
        ? []
        : [
            aWarning(
              `no request gets here: locations[${earlier}] matches the same ones`,
              locate([...hostPath(host), 'locations', i]),
            ),
          ];
    });
  });

const routesLeaveHostsAlone: Check = ({ hosts = [], routes = [] }, locate) => {
  const known = new Map(hosts.flatMap((host) => namesOf(host).map(([name]) => [name, host] as const)));
  const standard = hosts.find((host) => host.default);
  return routes.flatMap(({ whole }, i): readonly Problem[] => {
    if (!whole) return [];
    const host = whole.host === undefined ? undefined : known.get(whole.host);
    if (host)
      return [
        anError(
          `\`${whole.host}\` is one of the \`hosts\`, which answers all its requests`,
          locate(['routes', i, 'host']),
          {
            suggestion: `make it a location of ${called(host)}`,
          },
        ),
      ];
    if (whole.host !== undefined || !standard) return [];
    const message = `no request gets here: ${called(standard)} is for every host that nobody else takes`;
    return [aWarning(message, locate(['routes', i]))];
  });
};

const locationNamesDiffer: Check = ({ hosts = [], routes = [] }, locate) => {
  const taken = new Set(routes.flatMap(({ whole }) => whole?.name ?? []));
  return hostRules(hosts).flatMap(({ kind, rules: { name }, path }) => {
    if (kind === 'host' || name === undefined) return [];
    if (taken.has(name))
      return [
        anError(`the name \`${name}\` is that of another route or location`, locate([...path, 'name'])),
      ];
    taken.add(name);
    return [];
  });
};

const chainsHold: Check = ({ hosts = [] }, locate: Locate) =>
  hostRules(hosts).flatMap(({ rules, path }) => chainHolds(rules.chain, [...path, 'chain'], locate));

export const HOST_CHECKS: readonly Check[] = [
  namesDiffer,
  oneIsDefault,
  hostsAnswer,
  locationsDiffer,
  locationNamesDiffer,
  routesLeaveHostsAlone,
  chainsHold,
];
