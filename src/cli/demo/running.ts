import { createPage } from '../../../dashboard/page.ts';
import { Forehand } from '../../control/forehand.ts';
import { messageOf } from '../../core/errors.ts';
import { seededRandom } from '../../core/random.ts';
import { Heartbeat } from '../../script/heartbeat.ts';
import { type LogFlags, logFrom } from '../log-flags.ts';
import { versionText } from '../version.ts';
import { DemoLoad, type LoadCount } from './load.ts';
import { CHAINS, MANNERS } from './manners.ts';
import { DemoNodes } from './nodes.ts';
import { freePort } from './ports.ts';
import { type ScreenHead, screenText } from './screen.ts';
import { type DemoLine, demoLine } from './tally.ts';

/** Ports of 127.0.0.1. */
interface Ports {
  readonly proxy: number;
  readonly admin: number;
  readonly agents: number;
}

const WISHED: Ports = { proxy: 8080, admin: 9090, agents: 9091 };
const SEED = 2000;
const SAID_LINES = 4;
const TRIES = 5;

/** Ports, with a sentence that says which of the wished ones were taken; empty if none was. */
export interface ChosenPorts {
  readonly ports: Ports;
  readonly note: string;
}

/** The wished ports or the next free ones. */
const choosePorts = async (): Promise<ChosenPorts> => {
  const proxy = await freePort(WISHED.proxy, []);
  const admin = await freePort(WISHED.admin, [proxy]);
  const agents = await freePort(WISHED.agents, [proxy, admin]);
  const ports: Ports = { proxy, admin, agents };
  const moved = (['proxy', 'admin', 'agents'] as const).filter((name) => ports[name] !== WISHED[name]);
  return {
    ports,
    note: moved.map((name) => `${WISHED[name]} is taken, so ${name} has ${ports[name]}`).join('; '),
  };
};

/** The whole demo: nodes, proxy, load, and what the keys do. */
export class Demo {
  readonly #nodes = new DemoNodes(seededRandom(SEED));
  #ports = WISHED;
  readonly #flags: { readonly rate: number; readonly load: boolean };
  #forehand: Forehand | undefined = undefined;
  #load: DemoLoad | undefined = undefined;
  #chain = 0;
  #before: LoadCount | undefined = undefined;
  readonly said: string[] = [];

  constructor(flags: { readonly rate: number; readonly load: boolean }) {
    this.#flags = flags;
  }

  get #proxy(): Forehand {
    if (!this.#forehand) throw new TypeError('the demo has not been started');
    return this.#forehand;
  }

  /** Starts everything. Gives the ports that it got, with a sentence on those that were taken. */
  async start(logFlags: LogFlags): Promise<ChosenPorts> {
    await this.#nodes.start();
    const chosen = await this.#startProxy(logFlags);
    await this.#nodes.report(`http://127.0.0.1:${this.#ports.agents}`);
    const url = `http://127.0.0.1:${this.#ports.proxy}/`;
    if (this.#flags.load) this.#load = new DemoLoad(url, this.#flags.rate);
    return chosen;
  }

  /** What happened since the last call. */
  line(): DemoLine {
    const now = this.#count();
    const line = demoLine(this.#proxy.traffic.servers(), now, this.#before);
    this.#before = now;
    return line;
  }

  summary(): DemoLine {
    return demoLine(this.#proxy.traffic.servers(), this.#count());
  }

  screen(head: ScreenHead): string {
    const about = new Map(MANNERS.map((manner) => [manner.id, manner.about]));
    const chain = `${CHAINS[this.#chain]?.name}: ${this.#proxy.instance.model.chains[0]?.links.map(({ name }) => name).join(' > ')}`;
    return screenText(head, {
      servers: this.#proxy.traffic.servers(),
      line: this.line(),
      chain,
      about,
      said: this.said,
    });
  }

  async press(key: string): Promise<void> {
    const sentence = await this.#act(key);
    if (!sentence) return;
    this.said.push(sentence);
    if (this.said.length > SAID_LINES) this.said.shift();
  }

  async close(): Promise<void> {
    await this.#load?.close();
    await this.#nodes.close();
    await this.#forehand?.close();
  }

  /** Stops the load and waits for its answers, so that the summary is of whole requests. */
  async settle(): Promise<void> {
    await this.#load?.close();
  }

  /** Another program may take a port between the look and the start: then it is looked again. */
  async #startProxy(logFlags: LogFlags, tries = TRIES): Promise<ChosenPorts> {
    const chosen = await choosePorts();
    this.#ports = chosen.ports;
    const log = logFrom({ logLevel: 'silent', ...logFlags }, {});
    const heartbeat = new Heartbeat();
    const options = { env: {}, log, version: versionText(), page: createPage(), watch: false, heartbeat };
    try {
      this.#forehand = await Forehand.start({ source: { value: this.#config() }, ...options });
      return chosen;
    } catch (thrown) {
      if (tries > 1 && /in use/i.test(messageOf(thrown))) return this.#startProxy(logFlags, tries - 1);
      throw thrown;
    }
  }

  async #act(key: string): Promise<string | undefined> {
    if (key === 's') return this.#nodes.toggleBusy('node-3');
    if (key === 'k') return this.#nodes.toggleAlive('node-2');
    if (key === 'd') return this.#toggleDrain('node-1');
    return key === 'c' ? this.#nextChain() : undefined;
  }

  async #toggleDrain(server: string): Promise<string> {
    const { instance } = this.#proxy;
    const drained = instance.board.pool('demo')?.byId(server)?.hand !== undefined;
    const state = drained ? 'ready' : 'drain';
    const done = await this.#proxy.setServer({ server, state, reason: 'key d of the demo' });
    if ('code' in done) return done.message;
    return drained
      ? `${server} takes requests again`
      : `${server} is drained: it finishes what it has and gets nothing new; d again lifts that`;
  }

  async #nextChain(): Promise<string> {
    this.#chain = (this.#chain + 1) % CHAINS.length;
    const { ok, text } = await this.#proxy.reload({ value: this.#config() });
    return ok ? `the chain is now: ${CHAINS[this.#chain]?.name}` : text;
  }

  #count(): LoadCount {
    return this.#load?.count() ?? { requests: 0, failed: 0, byServer: new Map() };
  }

  #config(): object {
    const servers = this.#nodes.list.map(({ node }) => ({ id: node.manner.id, url: node.url }));
    return {
      listen: [`127.0.0.1:${this.#ports.proxy}`],
      admin: `127.0.0.1:${this.#ports.admin}`,
      agents: { listen: `http://127.0.0.1:${this.#ports.agents}` },
      exposeServer: true,
      pools: { demo: { servers, chain: CHAINS[this.#chain]?.chain } },
    };
  }
}
