import type { NodeView, SenderView } from '../control/views/views.ts';
import type { AdminChoice } from './admin-address.ts';
import { askApi } from './ask-api.ts';
import { plainJson } from './plain-json.ts';
import { plainText } from './plain-text.ts';
import { table } from './table.ts';

const NODE_HEAD = [
  'node',
  'by',
  'address',
  'token',
  'heard',
  'every',
  'clock',
  'reports',
  'refused',
  'why last',
];
const SENDER_HEAD = ['from', 'says it is', 'refused', 'reasons', 'last', 'why last'];

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)}s`;

/** A clock that is ahead has a plus sign. */
const offset = (ms: number | null): string => {
  if (ms === null) return '-';
  const sign = ms >= 0 ? '+' : '-';
  return Math.abs(ms) < 1000 ? `${sign}${Math.abs(ms)}ms` : `${sign}${seconds(Math.abs(ms))}`;
};

const nodeRow = (node: NodeView): readonly string[] => [
  node.name,
  node.transport,
  node.address || '-',
  node.token ?? '-',
  seconds(node.ageMs),
  node.everyMs === null ? '-' : `${node.everyMs}ms`,
  offset(node.clockOffsetMs),
  String(node.reports),
  String(node.refused),
  node.lastRefusal ? plainText(`${node.lastRefusal.code}: ${node.lastRefusal.message}`) : '',
];

const senderRow = (sender: SenderView, now: number): readonly string[] => [
  plainText(sender.source),
  plainText(sender.node ?? '-'),
  String(sender.refused),
  Object.entries(sender.byCode)
    .map(([code, count]) => `${code} ${count}`)
    .join(', '),
  `${seconds(Math.max(0, now - sender.lastAt))} ago`,
  plainText(sender.lastRefusal.message),
];

/** Those whose refusals are not told of a node already: unknown nodes, and names used from elsewhere. */
const strangers = (nodes: readonly NodeView[], senders: readonly SenderView[]): readonly SenderView[] =>
  senders.filter(
    ({ source, node }) =>
      !nodes.some(
        ({ name, transport, address }) => name === node && `${transport} ${address}`.trim() === source,
      ),
  );

/** `forehand nodes`: every agent that is heard, and everybody else whose reports were refused. */
export const listNodes = async (options: AdminChoice & { readonly json?: boolean }): Promise<void> => {
  const ask = (path: string): Promise<unknown> => askApi(options, { verb: 'nodes', path });
  const nodes = (await ask('/api/v1/nodes')) as readonly NodeView[];
  const senders = (await ask('/api/v1/senders')) as readonly SenderView[];
  if (options.json) {
    process.stdout.write(`${plainJson({ nodes, senders }, 2)}\n`);
    return;
  }
  process.stdout.write(
    nodes.length === 0 ? 'No node reports here.\n' : table([NODE_HEAD, ...nodes.map(nodeRow)]),
  );
  const others = strangers(nodes, senders);
  if (others.length === 0) return;
  const now = Date.now();
  process.stdout.write(
    `\nrefused:\n${table([SENDER_HEAD, ...others.map((sender) => senderRow(sender, now))])}`,
  );
};
