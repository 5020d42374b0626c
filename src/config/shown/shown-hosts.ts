import type { HostConfig, RouteConfig } from '../schema/schema.ts';

const BLANK = '***';

/** A route or a location for people: without what passwords are checked against. */
export const shownRules = <Rules extends Pick<RouteConfig, 'auth'>>(rules: Rules): Rules => {
  const { auth } = rules;
  if (!auth) return rules;
  const users = auth.users.map((user) => (user.hash === undefined ? user : { ...user, hash: BLANK }));
  return { ...rules, auth: { ...auth, users } };
};

/** A host for people, in the form of the configuration. */
export const shownHost = ({ at: _, ...host }: HostConfig): Omit<HostConfig, 'at'> => ({
  ...shownRules(host),
  locations: host.locations.map(shownRules),
});
