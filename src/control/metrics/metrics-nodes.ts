import type { Stats } from '../../core/types.ts';
import type { NodeView, RefusalView, ServerView } from '../views/views.ts';
import type { Step } from './metrics-steps.ts';
import { labelText, type MetricsText } from './metrics-text.ts';

const NODE_GAUGES: readonly (readonly [
  name: string,
  help: string,
  read: (stats: Stats) => number | undefined,
])[] = [
  ['load1', 'Runnable tasks, mean of one minute.', (stats) => stats.load1],
  ['cpu_idle_ratio', 'Idle share of the CPU, 0..1.', (stats) => stats.cpuIdle],
  ['memory_available_bytes', 'Memory that new work could get.', (stats) => stats.memoryAvailable],
  ['memory_total_bytes', 'Memory of the node.', (stats) => stats.memoryTotal],
  ['cpus', 'Cores that work can use.', (stats) => stats.cpus],
  ['arriba', 'Speed of one core that work gets now; 1000 is the reference machine.', (stats) => stats.arriba],
];

/** The stats of each node as the first of its servers carries them: the node's own with the server's laid over. */
const statsByNode = (servers: readonly ServerView[]): ReadonlyMap<string, Stats> => {
  const byNode = new Map<string, Stats>();
  for (const { node, stats } of servers)
    if (node !== null && stats && !byNode.has(node)) byNode.set(node, stats);
  return byNode;
};

type Labels = (node: string) => string;

/** Labels of a node, made once for all its series. */
const nodeLabels = (): Labels => {
  const made = new Map<string, string>();
  return (node) => {
    const known = made.get(node);
    if (known !== undefined) return known;
    const labels = labelText({ node });
    made.set(node, labels);
    return labels;
  };
};

const writeNodeStats = (text: MetricsText, byNode: ReadonlyMap<string, Stats>, labels: Labels): void => {
  for (const [name, help, read] of NODE_GAUGES) {
    text.family(`forehand_node_${name}`, 'gauge', help);
    for (const [node, stats] of byNode) {
      const value = read(stats);
      if (value !== undefined) text.sample(labels(node), value);
    }
  }
  text.family(
    'forehand_node_pressure_ratio',
    'gauge',
    'Share of time that work waited for a resource, 0..1.',
  );
  for (const [node, { pressure = {} }] of byNode)
    for (const resource of ['cpu', 'memory', 'io'] as const) {
      const value = pressure[resource];
      if (value !== undefined) text.sample(`${labels(node)},resource="${resource}"`, value);
    }
};

const writeReports = (text: MetricsText, nodes: readonly NodeView[], labels: Labels): void => {
  text.family('forehand_node_report_age_seconds', 'gauge', 'Time since the last report of a node.');
  for (const { name, ageMs } of nodes) text.sample(labels(name), ageMs / 1000);
  text.family('forehand_node_reports_total', 'counter', 'Reports taken from a node.');
  for (const { name, transport, reports } of nodes)
    text.sample(`${labels(name)},${labelText({ transport })}`, reports);
  text.family('forehand_node_refused_total', 'counter', 'Reports in the name of a node that were refused.');
  for (const { name, refused } of nodes) text.sample(labels(name), refused);
  text.family(
    'forehand_node_clock_offset_seconds',
    'gauge',
    'How far the clock of a node is ahead, less the shortest time that a report was under way.',
  );
  for (const { name, clockOffsetMs } of nodes)
    if (clockOffsetMs !== null) text.sample(labels(name), clockOffsetMs / 1000);
};

/** What is known of the agents: silence, reports taken and refused, their last stats. In steps. */
export const nodeSteps = (
  text: MetricsText,
  nodes: readonly NodeView[],
  servers: readonly ServerView[],
  refusals: readonly RefusalView[],
): readonly Step[] => {
  const labels = nodeLabels();
  return [
    () => writeReports(text, nodes, labels),
    () => {
      text.family('forehand_node_reports_rejected_total', 'counter', 'Reports refused.');
      for (const { code, count } of refusals) text.sample(labelText({ reason: code }), count);
    },
    () => writeNodeStats(text, statsByNode(servers), labels),
  ];
};
