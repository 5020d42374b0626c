import type { CandidacyFunction } from 'forehand';

/** The servers tagged for the tenant of the request; any server if there are none. */
const byTenant: CandidacyFunction = (servers, { request }) => {
  const tenant = request.header('x-tenant');
  const own = servers.filter((server) => tenant !== undefined && server.tags.has(tenant));
  return own.length > 0 ? own : servers;
};

export default byTenant;
