import type { Handler } from 'forehand';

/** Counts how often a client has been here. */
const visits: Handler = (_request, { session }) => {
  const before = session?.get('visits');
  const now = (typeof before === 'number' ? before : 0) + 1;
  session?.set('visits', now);
  return new Response(`visit ${now}\n`);
};

export default visits;
