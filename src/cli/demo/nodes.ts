import { type Agent, startAgent } from '../../../agent/index.ts';
import type { Random } from '../../core/random.ts';
import { MANNERS } from './manners.ts';
import { DemoNode } from './node.ts';

/** A demo node with the agent that speaks for it. */
export interface Inhabitant {
  readonly node: DemoNode;
  agent: Agent | undefined;
}

/** The five nodes and their agents. */
export class DemoNodes {
  readonly list: readonly Inhabitant[];
  #reportTo = '';

  constructor(random: Random) {
    this.list = MANNERS.map((manner) => ({ node: new DemoNode(manner, random.next), agent: undefined }));
  }

  async start(): Promise<void> {
    for (const { node } of this.list) await node.start();
  }

  /** Starts the agents, once it is known where they report to. */
  async report(to: string): Promise<void> {
    this.#reportTo = to;
    for (const inhabitant of this.list) await this.#startAgent(inhabitant);
  }

  /** Makes a node busy, or lets it be idle again. */
  toggleBusy(id: string): string {
    const { node } = this.#find(id);
    node.busy = !node.busy;
    return node.busy
      ? `${id} is busy: a neighbour takes most of its CPU; s again ends that`
      : `${id} is left alone again`;
  }

  /** Kills a node with its agent, or starts it again. */
  async toggleAlive(id: string): Promise<string> {
    const inhabitant = this.#find(id);
    if (!inhabitant.node.alive) {
      await inhabitant.node.start();
      await this.#startAgent(inhabitant);
      return `${id} is back`;
    }
    const { agent } = inhabitant;
    inhabitant.agent = undefined;
    await Promise.all([agent?.close(), inhabitant.node.kill()]);
    return `${id} is dead: its connections were reset and its agent is silent; k again starts it`;
  }

  async close(): Promise<void> {
    await Promise.all(this.list.map(async ({ node, agent }) => Promise.all([agent?.close(), node.kill()])));
  }

  #find(id: string): Inhabitant {
    const found = this.list.find(({ node }) => node.manner.id === id);
    if (!found) throw new TypeError(`there is no ${id}`);
    return found;
  }

  async #startAgent(inhabitant: Inhabitant): Promise<void> {
    const { node } = inhabitant;
    inhabitant.agent = await startAgent({
      to: this.#reportTo,
      url: node.url,
      pool: 'demo',
      node: node.manner.id,
      interval: 250,
      sample: () => node.stats(),
    });
  }
}
