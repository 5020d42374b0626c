import { AdminListener, type AdminListenerParts } from './admin/admin-listener.ts';
import { ConsoleListener } from './console/console-listener.ts';

export interface OperatorDoorsParts extends AdminListenerParts {
  /** Has the whole program end; left out where that is not for this program to decide. */
  readonly onQuit: (() => void) | undefined;
}

/** Where people and programs ask about the proxy and steer it: the admin listener and the console, as far as wanted. */
export class OperatorDoors {
  readonly #admin: AdminListener | undefined;
  readonly #console: ConsoleListener | undefined;

  private constructor(admin: AdminListener | undefined, console: ConsoleListener | undefined) {
    this.#admin = admin;
    this.#console = console;
  }

  /** Opens what the configuration has. Rejects with a reason that a person can act on, and nothing left open. */
  static async open({ onQuit, ...given }: OperatorDoorsParts): Promise<OperatorDoors> {
    const parts = { ...given.parts, ...(onQuit && { quit: onQuit }) };
    const { admin, console } = given.instance.model.config;
    const listener = admin === false ? undefined : await AdminListener.open(admin, { ...given, parts });
    try {
      const words =
        console === undefined ? undefined : await ConsoleListener.open(console, { ...given, parts });
      return new OperatorDoors(listener, words);
    } catch (thrown) {
      await listener?.close();
      throw thrown;
    }
  }

  /** Of the admin listener, as people write it. */
  get address(): string | undefined {
    return this.#admin?.address;
  }

  /** The page of the admin listener: `https://127.0.0.1:9090/`; `unix:/path` where it has none for browsers. */
  get url(): string | undefined {
    return this.#admin?.url;
  }

  async close(): Promise<void> {
    await Promise.all([this.#admin?.close(), this.#console?.close()]);
  }
}
