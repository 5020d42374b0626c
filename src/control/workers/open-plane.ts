import { chooseTransport } from '../../transport/choose-transport.ts';
import { DataPlane } from '../data-plane.ts';
import { Refusals } from '../events/refusals.ts';
import { tellSigns } from '../health/sign-teller.ts';
import type { Instance } from '../instance.ts';
import type { Trace } from '../logs/trace.ts';
import { processClock } from '../run-clock.ts';
import { Traffic } from '../traffic.ts';
import type { WorkerOptions } from './worker.ts';

/** What carries the traffic of a worker. */
export interface Carrier {
  readonly traffic: Traffic;
  readonly plane: DataPlane;
}

/** Makes what carries the traffic of a worker, and tells control of servers that may be gone. */
export const openPlane = async (
  instance: Instance,
  trace: Trace,
  options: WorkerOptions,
): Promise<Carrier> => {
  const { env, log, send } = options;
  const { transport } = await chooseTransport(instance.model.config.transport, env['FOREHAND_TRANSPORT']);
  const traffic = new Traffic({ instance, clock: processClock, refusals: new Refusals(), version: '' });
  await traffic.tracing.start();
  await traffic.tracing.start();
  const plane = new DataPlane({ instance, traffic, transport, clock: processClock, log, trace });
  tellSigns(plane, instance.board, send, processClock.now);
  return { traffic, plane };
};
