import type { Report } from '../src/core/report.ts';
import type { Millis } from '../src/core/types.ts';
import type { DriverHealth, StateDriver } from '../src/state/driver.ts';
import { FanOut } from '../src/state/fan-out.ts';
import { type AgentOptions, driverOf } from './options.ts';
import type { Problems } from './problems.ts';
import { TokenFile } from './token-file.ts';

/** The ways to all proxies, with the token that holds now. */
export class Proxies {
  readonly #options: AgentOptions;
  readonly #tokenFile: TokenFile | undefined;
  readonly #open = new Set<StateDriver>();
  #out: FanOut;
  #sent: Promise<unknown> = Promise.resolve();

  /** Throws TypeError for what cannot be reported to, and what reading the token file threw. */
  constructor(options: AgentOptions, now: Millis) {
    this.#options = options;
    const { token, tokenFile } = options;
    if (token !== undefined && tokenFile !== undefined)
      throw new TypeError('expected either `token` or `tokenFile`');
    this.#tokenFile = tokenFile === undefined ? undefined : new TokenFile(tokenFile, now);
    this.#out = this.#outWith(this.#tokenFile?.token ?? token);
  }

  health(): DriverHealth {
    return this.#out.health();
  }

  /** As FanOut does. */
  publish(report: Report): Promise<void> {
    const sent = this.#out.publish(report);
    this.#sent = sent.catch(() => undefined);
    return sent;
  }

  /** Takes the token anew from its file where that has changed. The old token holds while there is a fault. */
  lookAtToken(now: Millis, problems: Problems): void {
    try {
      if (this.#tokenFile?.look(now)) this.#renew(this.#tokenFile.token);
      problems.end('token_file');
    } catch (thrown) {
      problems.begin('token_file', thrown);
    }
  }

  /** A driver that was handed in stays open. */
  async close(): Promise<void> {
    const open = [...this.#open];
    this.#open.clear();
    await Promise.all(open.map((driver) => driver.close()));
  }

  #outWith(token: string | undefined): FanOut {
    const driver = driverOf(this.#options, token);
    if (driver !== this.#options.driver) this.#open.add(driver);
    return new FanOut([driver]);
  }

  /** A report that is under way is not cut off. */
  #renew(token: string): void {
    const old = [...this.#open];
    this.#out = this.#outWith(token);
    void this.#sent.then(() => {
      for (const driver of old) if (this.#open.delete(driver)) void driver.close();
    });
  }
}
