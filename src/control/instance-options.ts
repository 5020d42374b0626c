import type { ConfigSource } from '../config/read.ts';
import type { Config } from '../config/schema/schema.ts';
import type { Heartbeat } from '../script/heartbeat.ts';
import type { ConfigInputs } from './loading/config-inputs.ts';
import type { Log } from './logs/log.ts';
import type { Trace } from './logs/trace.ts';
import type { StuckFunction } from './process/stuck.ts';
import type { RunClock } from './run-clock.ts';

/** What an instance is made of. */
export interface InstanceOptions {
  readonly source: ConfigSource;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** Told of each configuration that is taken. */
  readonly trace?: Trace;
  readonly clock: RunClock;
  readonly seed: number;
  /** Follow the files of the configuration and reload when they change. */
  readonly watch: boolean;
  /** Where users' functions leave their mark for the watchdog, which should be watching by now. */
  readonly heartbeat: Heartbeat;
  /** What cookies are signed with where the configuration names nothing; made up if left out. */
  readonly secret?: Uint8Array;
  /** Functions that an earlier process did not return from. */
  readonly stuck?: readonly StuckFunction[];
  /** What the configuration is read from this time; asked before each reading, and told what else it would be. */
  readonly inputs?: (disk: ConfigInputs) => ConfigInputs;
  /** Makes another configuration of each that is read, which is used instead. */
  readonly adapt?: (config: Config) => Config;
  /** The file that this process records to where the configuration names one; it records nothing if left out. */
  readonly recordsTo?: (file: string) => string;
  /** Which keys of a new configuration wait for a restart; `waitingKeys` if left out. */
  readonly waiting?: (running: Config, wanted: Config) => readonly string[];
}
