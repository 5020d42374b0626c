import type { ShadowView } from '../../../src/control/views/views.ts';
import { type Fact, Facts } from '../parts/facts.tsx';
import { Badge } from '../parts/marks.tsx';
import { Panel } from '../parts/panel.tsx';
import { count, decimal, percent } from '../state/format.ts';

const pair = ({ live, shadow, ratio }: ShadowView['delay']): string | null =>
  live === null && shadow === null
    ? null
    : `${decimal(live)} now, ${decimal(shadow)} with it${ratio === null ? '' : ` (× ${decimal(ratio)})`}`;

const factsOf = (shadow: ShadowView): readonly Fact[] => [
  ['Decisions', `${count(shadow.decisions)}, ${percent(shadow.share)} of all`],
  ['Would choose otherwise', percent(shadow.disagreement)],
  ['Would leave nobody', count(shadow.refused)],
  ['Expected delay', pair(shadow.delay)],
  ['Herding', pair(shadow.herding)],
  [
    'Cost of a decision',
    `${decimal(shadow.costUs.live)} µs now, ${decimal(shadow.costUs.shadow)} µs with it`,
  ],
  ['Faults', shadow.faults > 0 ? `${count(shadow.faults)}: ${shadow.lastFault ?? ''}` : null],
];

/** Chains that decide beside those in use and send nothing. */
export const Shadows = ({ shadows }: { readonly shadows: readonly ShadowView[] }) => (
  <Panel title="Shadow chains" about="They decide beside the chains in use, and nothing is sent by them.">
    {shadows.map((shadow) => (
      <section key={`${shadow.pool} ${shadow.links.join(' ')}`} class="chain-card">
        <div class="head">
          <h3>{shadow.pool}</h3>
          <Badge tone={shadow.isSafe ? 'good' : 'warn'}>{shadow.verdict}</Badge>
        </div>
        <p class="small mono">{shadow.links.join(' › ')}</p>
        <Facts facts={factsOf(shadow)} />
      </section>
    ))}
  </Panel>
);
