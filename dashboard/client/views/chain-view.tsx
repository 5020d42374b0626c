import { useSignal } from '@preact/signals';
import type { ChainView as Chain, LinkView } from '../../../src/control/views/views.ts';
import { chainWindows, decisions, proxyNow, snapshot } from '../live/feed.ts';
import { Badge, Bar } from '../parts/marks.tsx';
import { None, Panel } from '../parts/panel.tsx';
import { age, count, decimal, mean, percent, plural, words } from '../state/format.ts';
import type { LinkCounts } from '../state/funnel.ts';
import { type LinkSamples, linkSamples } from '../state/sampled-steps.ts';
import { Shadows } from './shadows.tsx';

const faultText = ({ faults, lastFault }: LinkView): string => {
  const named = Object.entries(faults).filter(([, number]) => number > 0);
  if (named.length === 0) return '';
  const counts = named.map(([kind, number]) => `${count(number)} ${words(kind)}`).join(', ');
  const all = named.reduce((sum, [, number]) => sum + number, 0);
  return `${plural(all, 'fault')} (${counts})${lastFault ? `: ${lastFault}` : ''}`;
};

const NAMED = 20;

const DroppedList = ({ samples }: { readonly samples: LinkSamples }) => {
  const { dropped, decisions: all } = samples;
  if (all === 0) return <p class="dim small">No decision of this chain has been looked at yet.</p>;
  if (dropped.length === 0)
    return <p class="dim small">It dropped nobody in the last {plural(all, 'decision')} looked at.</p>;
  return (
    <table class="dropped">
      <caption class="hidden">Servers that it dropped</caption>
      <thead>
        <tr>
          <th scope="col">Dropped</th>
          <th scope="col" class="num">
            Times of {count(all)}
          </th>
          <th scope="col">Reason given last</th>
          <th scope="col" class="num">
            When
          </th>
        </tr>
      </thead>
      <tbody>
        {dropped.slice(0, NAMED).map(({ id, times, reason, at }) => (
          <tr key={id}>
            <th scope="row">{id}</th>
            <td class="num">{count(times)}</td>
            <td>{reason}</td>
            <td class="num">{age(proxyNow() - at)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

const shares = ({ calls, emptied, spentMs }: LinkCounts, samples: LinkSamples): readonly string[] => [
  ...(samples.decisions > 0 ? [`changes ${percent(samples.changed / samples.decisions)}`] : []),
  ...(emptied > 0 ? [`empties ${percent(emptied / calls)}`] : []),
  ...(calls > 0 ? [`${decimal((1000 * spentMs) / calls)}\u202fµs`] : []),
];

interface LinkProps {
  readonly link: LinkView;
  readonly recent: LinkCounts;
  readonly samples: LinkSamples;
  /** Servers at the widest place of the funnel. */
  readonly most: number;
}

const sharesTitle = ({ decisions: all }: LinkSamples): string =>
  `Changes: of the last ${plural(all, 'decision')} looked at, those in which it dropped somebody. Empties: calls that left nobody. Time: mean of a call.`;

const Link = ({ link, recent, samples, most }: LinkProps) => {
  const isOpen = useSignal(false);
  const { calls, serversIn, serversOut } = recent;
  const [before, after] = calls > 0 ? [serversIn / calls, serversOut / calls] : [0, 0];
  const faults = faultText(link);
  return (
    <li class="link" aria-label={link.name}>
      <button
        type="button"
        class="link-line"
        aria-expanded={isOpen}
        onClick={() => {
          isOpen.value = !isOpen.value;
        }}
      >
        <span class="link-name">
          <span class="fname">{link.name}</span>
          <span class="kind">{link.kind}</span>
          {link.bypassed ? <Badge tone="bad">bypassed</Badge> : null}
        </span>
        <span class="funnel">
          <Bar part={before / most} tone="before" />
          <Bar part={after / most} tone="after" />
        </span>
        <span class={calls > 0 ? 'numbers' : 'numbers idle'}>
          {calls > 0 ? `${mean(before)} → ${mean(after)}` : 'idle'}
        </span>
        <span class="dim small shares" title={sharesTitle(samples)}>
          {shares(recent, samples).join(' · ')}
        </span>
      </button>
      {faults ? <p class="faults">{faults}</p> : null}
      {isOpen.value ? <DroppedList samples={samples} /> : null}
    </li>
  );
};

const NO_COUNTS: LinkCounts = { calls: 0, serversIn: 0, serversOut: 0, emptied: 0, spentMs: 0 };
const NO_SAMPLES: LinkSamples = { decisions: 0, changed: 0, dropped: [] };

const Card = ({ chain }: { readonly chain: Chain }) => {
  const { name, pool, whenEmpty, links } = chain;
  const { seconds, links: recent } = chainWindows.of(chain);
  const samples = linkSamples(chain, decisions.value);
  const most = Math.max(1, ...recent.map(({ calls, serversIn }) => (calls > 0 ? serversIn / calls : 0)));
  const calls = Math.max(0, ...recent.map((link) => link.calls));
  const rate = seconds > 0 ? `${mean(calls / seconds)} decisions/s · ` : '';
  return (
    <section class="chain-card">
      <div class="head">
        <h3>{name === pool ? pool : `${pool}: ${name}`}</h3>
        <p class="dim small about">
          {rate}
          {plural(links.length, 'function')} · when empty: {whenEmpty}
        </p>
      </div>
      <ol class="chain" aria-label={`Chain of ${pool}`}>
        {links.map((link, i) => (
          <Link
            key={`${i} ${link.name}`}
            link={link}
            recent={recent[i] ?? NO_COUNTS}
            samples={samples[i] ?? NO_SAMPLES}
            most={most}
          />
        ))}
      </ol>
    </section>
  );
};

/** Every chain as a funnel, and the chains that run beside those in use. */
export const ChainView = () => {
  const { chains = [], shadows = [] } = snapshot.value ?? {};
  return (
    <>
      <Panel
        title="Chain"
        about="Servers in and out of each function, mean of the last 10 s. A click shows whom it dropped lately, and why."
      >
        {snapshot.value && chains.length === 0 ? <None>No chain is loaded.</None> : null}
        {chains.map((chain) => (
          <Card key={`${chain.pool} ${chain.name}`} chain={chain} />
        ))}
      </Panel>
      {shadows.length > 0 ? <Shadows shadows={shadows} /> : null}
    </>
  );
};
