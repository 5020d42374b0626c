import type { Connection, ConnectionOwner } from '../../src/transport/connection.ts';

/** Sends back what comes, ends when the peer ends, and reads no more than it can send. */
export class Echo implements ConnectionOwner {
  readonly heard: string[] = [];
  readonly connection: Connection;
  readonly #waiting: Buffer[] = [];
  #isBusy = false;
  #isEnding = false;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.owner = this;
  }

  onConnected(): void {
    this.heard.push('connected');
  }

  onData(bytes: Buffer, start: number, end: number): void {
    this.#waiting.push(Buffer.from(bytes.subarray(start, end)));
    this.connection.readStop();
    this.#send();
  }

  onEnd(): void {
    this.heard.push('end');
    this.#isEnding = true;
    this.#send();
  }

  onDrained(): void {
    this.#isBusy = false;
    this.#send();
  }

  onFailed(code: string): void {
    this.heard.push(code);
  }

  #send(): void {
    while (!this.#isBusy) {
      const next = this.#waiting.shift();
      if (!next) break;
      this.#isBusy = !this.connection.write(next);
    }
    if (this.#isBusy) return;
    if (this.#isEnding) this.connection.end();
    else this.connection.readStart();
  }
}
