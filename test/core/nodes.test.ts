import { describe, expect, it } from 'vitest';
import { MAX_NODES, type NodeEvent, Nodes, patienceWith } from '../../src/core/nodes.ts';
import type { Report } from '../../src/core/report.ts';
import type { ReportSource } from '../../src/core/report-source.ts';
import { aReport, SOURCE } from './support.ts';

interface TestNodes {
  readonly nodes: Nodes;
  readonly events: readonly NodeEvent[];
  /** Takes the next report of node `n1`; returns when it was made. */
  hear(now: number, facts?: Partial<Report>, source?: Partial<ReportSource>): number;
}

const someNodes = (): TestNodes => {
  const events: NodeEvent[] = [];
  const nodes = new Nodes((event) => events.push(event));
  let seq = 0;
  return {
    nodes,
    events,
    hear: (now, facts = {}, source = {}) => {
      const report = aReport([], { seq: ++seq, ...facts });
      return nodes.hear(nodes.get(report.node), report, { ...SOURCE, ...source }, now);
    },
  };
};

const TAKEN = { code: 'taken', message: 'somebody else has it' } as const;

describe('when a report was made', () => {
  it('is now where nobody says when it was sent', () => {
    expect(someNodes().hear(700)).toBe(700);
  });

  it('is earlier by the time that it was longer under way than others, on whatever clock', () => {
    const { hear } = someNodes();
    const sent = (at: number, receivedAt: number) => ({ sent: { at, receivedAt } });
    expect(hear(1000, {}, sent(5_000_000, 9000))).toBe(1000);
    expect(hear(1250, {}, sent(5_000_250, 9250))).toBe(1250);
    expect(hear(1900, {}, sent(5_000_500, 9900))).toBe(1500);
  });

  it('is earlier by the age that its carrier knows', () => {
    expect(someNodes().hear(1000, {}, { age: 400 })).toBe(600);
  });

  it('is never before the one before it', () => {
    const { hear, nodes } = someNodes();
    hear(1000);
    expect(hear(1100, {}, { age: 400 })).toBe(1000);
    expect(nodes.get('n1')?.heardAt).toBe(1000);
  });
});

describe('a node', () => {
  it('has a moving mean of the time between its reports, from the second on', () => {
    const { hear, nodes } = someNodes();
    hear(0);
    expect(nodes.get('n1')?.every).toBeNaN();
    hear(1000);
    expect(nodes.get('n1')?.every).toBe(1000);
    hear(3000);
    expect(nodes.get('n1')?.every).toBe(1125);
  });

  it('shows how far its clock is ahead', () => {
    const { hear, nodes } = someNodes();
    hear(0, {}, { sent: { at: 3_600_000, receivedAt: 10 } });
    expect(nodes.get('n1')?.clock.value).toBe(3_599_990);
  });

  it('counts what was refused in its name, and keeps the last', () => {
    const { hear, nodes } = someNodes();
    hear(0);
    nodes.refuse('n1', { code: 'token', message: 'wrong' });
    nodes.refuse('n1', TAKEN);
    expect(nodes.get('n1')).toMatchObject({ reports: 1, refused: 2, lastRefusal: TAKEN });
  });

  it.each([['a stranger'], [undefined]])('does not come to be by a refusal: %s', (name) => {
    const { nodes, events } = someNodes();
    nodes.refuse(name, TAKEN);
    expect(nodes.list()).toEqual([]);
    expect(events).toEqual([]);
  });

  it('that starts anew keeps what was counted of it', () => {
    const { hear, nodes, events } = someNodes();
    hear(0);
    nodes.refuse('n1', TAKEN);
    hear(1000, { boot: 'b2', seq: 1 });
    expect(nodes.get('n1')).toMatchObject({ boot: 'b2', seq: 1, reports: 2, refused: 1, retired: ['b1'] });
    expect(events.map(({ kind }) => kind)).toEqual(['node_joined', 'node_restarted']);
  });

  it('is forgotten after silence, not before', () => {
    const { hear, nodes, events } = someNodes();
    hear(0);
    nodes.forget(500, 500);
    expect(nodes.list()).toHaveLength(1);
    nodes.forget(501, 500);
    expect(nodes.list()).toEqual([]);
    expect(events.at(-1)).toEqual({ kind: 'node_forgotten', node: 'n1' });
  });
});

describe('the order of reports', () => {
  it.each([
    ['a stranger', { node: 'n2', seq: 0 }, undefined],
    ['the next', { seq: 6 }, undefined],
    ['the same', { seq: 5 }, 'replayed'],
    ['one before', { seq: 4 }, 'replayed'],
    ['a new start', { boot: 'b3', seq: 0 }, undefined],
    ['a start that was replaced', { boot: 'b1', seq: 9 }, 'replayed'],
  ])('of %s', (_, facts, code) => {
    const { hear, nodes } = someNodes();
    hear(0, { boot: 'b1', seq: 5 });
    hear(0, { boot: 'b2', seq: 5 });
    const report = aReport([], { boot: 'b2', ...facts });
    expect(nodes.orderFault(nodes.get(report.node), report)?.code).toBe(code);
  });

  it('does not matter where there are too many nodes: a new one is refused, a known one heard', () => {
    const { hear, nodes } = someNodes();
    for (let i = 0; i < MAX_NODES; i++) hear(0, { node: `n${i}`, seq: 1 });
    expect(nodes.orderFault(undefined, aReport([], { node: 'one-more' }))?.code).toBe('full');
    expect(nodes.orderFault(nodes.get('n7'), aReport([], { node: 'n7', seq: 2 }))).toBeUndefined();
  });
});

describe('patience with a silent node', () => {
  it.each([
    ['that was heard once', [0], 2000],
    ['of four reports a second', [0, 250, 500], 2000],
    ['of one report in ten seconds', [0, 10_000], 30_000],
  ])('%s', (_, times, patience) => {
    const { hear, nodes } = someNodes();
    for (const time of times) hear(time);
    expect(nodes.list().map(patienceWith)).toEqual([patience]);
  });
});
