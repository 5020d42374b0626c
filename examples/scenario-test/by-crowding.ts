import { defineCandidacy, orderBy } from 'forehand';

/** Fewest requests for what the machine can do now first: its cores times their speed. */
export default defineCandidacy({
  name: 'byCrowding',
  kind: 'order',
  create: () =>
    orderBy((server, moment) => {
      const capacity = ((server.stats?.cpus ?? 1) * (server.arriba ?? 1000)) / 1000;
      return (moment.requests(server) + 1) / capacity;
    }),
});
