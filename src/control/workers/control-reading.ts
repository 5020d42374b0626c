import type { ConfigSource } from '../../config/read.ts';
import type { Config } from '../../config/schema/schema.ts';
import type { ForehandOptions } from '../forehand.ts';
import { Instance } from '../instance.ts';
import { type HandedConfig, RecordedInputs } from '../loading/config-inputs.ts';
import type { Trace } from '../logs/trace.ts';
import { processClock } from '../run-clock.ts';
import { waitsForControl } from './worker-config.ts';

/** Reads the configuration in such a way that workers can be handed what was read. */
export class ControlReading {
  readonly #source: ConfigSource;
  #inputs = new RecordedInputs();
  #started: Config | undefined = undefined;

  constructor(source: ConfigSource) {
    this.#source = source;
  }

  /** The instance of control itself. Throws a ConfigError if the configuration cannot be used. */
  async start(options: ForehandOptions, trace: Trace): Promise<Instance> {
    const { env, log, watch, heartbeat, stuck = [] } = options;
    const instance = await Instance.start({
      source: this.#source,
      env,
      log,
      trace,
      clock: processClock,
      seed: Math.floor(Math.random() * 2 ** 32),
      watch,
      heartbeat,
      stuck,
      inputs: (disk) => {
        this.#inputs = new RecordedInputs(disk);
        return this.#inputs;
      },
      waiting: (running, wanted) => waitsForControl(this.#started ?? running, wanted),
    });
    this.#started = instance.model.config;
    return instance;
  }

  /** What the configuration was last read from. To be asked when that has been taken. */
  handed({ source }: Pick<Instance, 'source'>): HandedConfig {
    return this.#inputs.handed(source);
  }
}
