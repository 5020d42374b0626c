import { z } from '../../../core/options.ts';
import type { Snapshot } from '../../feed/snapshot.ts';
import { configStatusShape, eventsShape, trafficShape } from './control-shapes.ts';
import { chainsShape, sampledShape, shadowsShape } from './decision-shapes.ts';
import { refusalsShape, sendersShape } from './refusal-shapes.ts';
import { nodesShape, poolsShape, serversShape } from './server-shapes.ts';
import { date, shapeOf, text } from './shape.ts';

/** The data of the event `snapshot`. */
export const snapshotShape = shapeOf<Snapshot>('Snapshot')(
  z.strictObject({
    at: date(),
    version: text(),
    startedAt: date(),
    servers: serversShape,
    pools: poolsShape,
    chains: chainsShape,
    shadows: shadowsShape,
    nodes: nodesShape,
    senders: sendersShape,
    refusals: refusalsShape,
    traffic: trafficShape,
    decisions: sampledShape,
    events: eventsShape,
    config: configStatusShape,
  }),
);
