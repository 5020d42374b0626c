import type { ShadowView } from '../control/views/views.ts';
import type { AdminChoice } from './admin-address.ts';
import { askApi } from './ask-api.ts';
import { plainJson } from './plain-json.ts';
import { plainText } from './plain-text.ts';
import { table } from './table.ts';

const HEAD = ['pool', 'decisions', 'differ', 'delay', 'herding', 'us', 'faults', 'verdict'];

const times = (ratio: number | null): string => (ratio === null ? '-' : `x${ratio.toFixed(2)}`);
const us = (value: number | null): string => (value === null ? '-' : value.toFixed(1));

const row = (view: ShadowView): readonly string[] => [
  view.pool,
  String(view.decisions),
  view.disagreement === null ? '-' : `${(view.disagreement * 100).toFixed(1)}%`,
  times(view.delay.ratio),
  times(view.herding.ratio),
  `${us(view.costUs.shadow)} (${us(view.costUs.live)})`,
  String(view.faults),
  view.verdict,
];

const faultLines = (views: readonly ShadowView[]): string =>
  views
    .map(({ pool, lastFault }) =>
      lastFault === null ? '' : `${pool}: last fault: ${plainText(lastFault)}\n`,
    )
    .join('');

/** What shadow chains did as a table, each compared with the chain in use. */
export const shadowText = (views: readonly ShadowView[]): string =>
  views.length === 0
    ? 'no pool has a shadow chain; give one a `shadow: { chain: [...] }`\n'
    : table([HEAD, ...views.map(row)]) + faultLines(views);

/** `forehand shadow`: asks the running proxy; as a table, or the very JSON of the API. */
export const listShadows = async (options: AdminChoice & { readonly json?: boolean }): Promise<void> => {
  const asked = { verb: 'shadow', path: '/api/v1/shadow' };
  const views = (await askApi(options, asked)) as readonly ShadowView[];
  process.stdout.write(options.json ? `${plainJson(views, 2)}\n` : shadowText(views));
};
