import type { ServerView } from '../../../src/control/views/views.ts';
import { decisions, events, histories, snapshot } from '../live/feed.ts';
import { go, hashOf, place } from '../live/place.ts';
import { type Fact, Facts } from '../parts/facts.tsx';
import { Moment, Spark, State } from '../parts/marks.tsx';
import { Modal } from '../parts/modal.tsx';
import { age, bytes, count, decimal, isNumber, mean, millis, percent } from '../state/format.ts';
import { keyOf } from '../state/histories.ts';
import { ageOf, settingsOf } from './server-row.tsx';

const SHOWN = 8;

const stateFacts = (server: ServerView): readonly Fact[] => [
  ['State', <State key="state" state={server.state} />],
  ['Why', server.reason],
  ['Set', server.hand || server.told ? settingsOf(server) : null],
  ['Set by', server.hand?.by ?? null],
  ['Until', server.hand?.until === undefined ? null : <Moment key="until" at={server.hand.until} />],
  ['Weight', decimal(server.weight)],
  ['Failures in a row', count(server.failures)],
];

const healthFacts = ({ health }: ServerView): readonly Fact[] =>
  health
    ? [
        ['Check', `${health.kind}: ${health.state}`],
        ['Found', health.lastResult],
        ['Last', health.lastAt === null ? null : <Moment key="last" at={health.lastAt} />],
        ['Next', health.nextAt === null ? null : <Moment key="next" at={health.nextAt} />],
        ['In a row', health.fails > 0 ? `${health.fails} bad` : `${health.passes} good`],
        ['Since', health.since === null ? null : <Moment key="since" at={health.since} />],
      ]
    : [['Check', 'no health check is configured']];

const trafficFacts = (server: ServerView): readonly Fact[] => [
  ['In flight', count(server.inFlight)],
  ['Reported in flight', isNumber(server.reportedInFlight) ? count(server.reportedInFlight) : null],
  ['Requests/s', mean(histories.rateOf(keyOf(server)))],
  ['Sent', count(server.forwarded)],
  ['Share of the pool', percent(server.share)],
  ['First byte', millis(server.latencyMs)],
  ['Whole answer', millis(server.responseTimeMs)],
  [
    'Connections',
    server.connections
      ? `${server.connections.open} open, ${server.connections.idle} idle, ${server.connections.waiting} waited for`
      : null,
  ],
];

const known = (value: unknown, text: string): string | null => (isNumber(value) ? text : null);

const reportFacts = (server: ServerView): readonly Fact[] => [
  ['Node', server.node ?? 'no agent'],
  ['From', server.source],
  ['Age', server.ageMs === null ? 'never heard of' : age(ageOf(server))],
  ['Load', known(server.load1, decimal(server.load1))],
  ['CPU idle', known(server.cpuIdle, `${percent(server.cpuIdle)} of ${decimal(server.cpus)} cpus`)],
  [
    'Memory',
    known(server.memoryAvailable, `${bytes(server.memoryAvailable)} of ${bytes(server.memoryTotal)}`),
  ],
  ['Arriba', known(server.arriba, `${count(server.arriba)} of ${count(server.arribaNominal)}`)],
  ['Event loop delay', known(server.eventLoopDelay, millis(server.eventLoopDelay))],
  ['Service time', known(server.serviceTime, millis(server.serviceTime))],
  ['Slots free', server.slots ? `${count(server.slots.available)} of ${count(server.slots.total)}` : null],
  ...Object.entries(server.custom ?? {}).map(([name, value]): Fact => [name, decimal(value)]),
];

const Lately = ({ server }: { readonly server: ServerView }) => {
  const named = events.value.filter(({ message }) => message.includes(server.id)).slice(0, SHOWN);
  const chosen = decisions.value.filter(({ chosen: id, pool }) => id === server.id && pool === server.pool);
  return (
    <>
      <h3>Events</h3>
      {named.length === 0 ? <p class="dim small">None lately.</p> : null}
      <ol class="rows">
        {named.map(({ key, at, message }) => (
          <li key={key} class="event">
            <Moment at={at} /> <span class="message">{message}</span>
          </li>
        ))}
      </ol>
      <h3>Chosen lately</h3>
      {chosen.length === 0 ? <p class="dim small">In none of the decisions that were looked at.</p> : null}
      <ol class="rows">
        {chosen.slice(0, SHOWN).map(({ id, at, request }) => (
          <li key={id} class="event">
            <Moment at={at} />{' '}
            <a href={hashOf('explain', id)}>
              {request.method} {request.host}
              {request.path}
            </a>
          </li>
        ))}
      </ol>
    </>
  );
};

const Details = ({ server }: { readonly server: ServerView }) => {
  const { load, rate } = histories.of(keyOf(server));
  return (
    <>
      <p class="dim small">
        {server.url} · pool {server.pool}
        {server.tags.length > 0 ? ` · ${server.tags.join(', ')}` : ''}
      </p>
      <div class="sparks">
        <figure>
          <figcaption>Requests/s, last minute</figcaption>
          <Spark points={rate} />
        </figure>
        <figure>
          <figcaption>Load, last minute</figcaption>
          <Spark points={load} />
        </figure>
      </div>
      <Facts facts={stateFacts(server)} />
      <h3>Health</h3>
      <Facts facts={healthFacts(server)} />
      <h3>Requests</h3>
      <Facts facts={trafficFacts(server)} />
      <h3>Report</h3>
      <Facts facts={reportFacts(server)} />
      <Lately server={server} />
    </>
  );
};

/** All that is known of the server whose address this is. */
export const ServerDetails = () => {
  const [pool, id] = place.value.rest;
  if (pool === undefined || id === undefined) return null;
  const server = snapshot.value?.servers.find((one) => one.pool === pool && one.id === id);
  return (
    <Modal title={id} isSheet onClose={() => go('servers')}>
      {server ? <Details server={server} /> : <p class="none">The proxy knows no such server now.</p>}
    </Modal>
  );
};
