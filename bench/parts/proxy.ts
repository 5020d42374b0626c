import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from './free-ports.ts';
import { untilReady } from './probe.ts';
import type { Program, Rig, Running } from './rig.ts';

/** A proxy that was started and is ready. */
export interface RunningProxy {
  readonly name: string;
  readonly port: number;
  readonly program: Running;
}

/** What a recipe is written for: where to listen, where the servers are, and a port to spare. */
export interface Place {
  readonly rig: Rig;
  readonly name: string;
  readonly port: number;
  readonly sparePort: number;
  readonly serverPorts: readonly number[];
}

/** How a proxy is started. */
export interface Recipe extends Omit<Program, 'name' | 'core'> {
  /** Answers 200 once the proxy is ready; a URL through the proxy if left out. */
  readonly readyUrl?: string;
}

/** Writes down how a proxy is started at a place, and the files that it needs for that. */
export type ProxyMaker = (place: Place) => Recipe;

/** Writes the configuration of a proxy into the rig's folder and answers with its path. */
export const writeConfig = ({ rig, name }: Place, text: string): string => {
  const path = join(rig.folder, `${name}.conf`);
  writeFileSync(path, text);
  return path;
};

/** What is needed to start a proxy besides its maker. */
export interface ProxyStart {
  readonly name: string;
  readonly serverPorts: readonly number[];
  /** The only core that it may use; any if left out. */
  readonly core?: number;
}

/** Starts a proxy in front of these servers and waits until it is ready. */
export const startProxy = async (rig: Rig, make: ProxyMaker, start: ProxyStart): Promise<RunningProxy> => {
  const { name, serverPorts, core } = start;
  const [port = 0, sparePort = 0] = await freePorts(2);
  const place = { rig, name, port, sparePort, serverPorts };
  const { readyUrl = `http://127.0.0.1:${port}/1k`, ...recipe } = make(place);
  const running = rig.start({ name, core, ...recipe });
  await untilReady(running, readyUrl);
  return { name, port, program: running };
};
