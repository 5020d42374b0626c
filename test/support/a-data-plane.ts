import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parseListenAddress } from '../../src/config/schema/address.ts';
import { DataPlane } from '../../src/control/data-plane.ts';
import { Refusals } from '../../src/control/events/refusals.ts';
import { Instance } from '../../src/control/instance.ts';
import { type Log, type LogLevel, silentLog } from '../../src/control/logs/log.ts';
import { Trace, type TraceClass } from '../../src/control/logs/trace.ts';
import { processClock } from '../../src/control/run-clock.ts';
import { Traffic } from '../../src/control/traffic.ts';
import type { ReloadResult } from '../../src/control/views/views.ts';
import { Heartbeat } from '../../src/script/heartbeat.ts';
import type { TlsCertificate } from '../../src/transport/tls-certificate.ts';
import { transportNamed } from './an-engine.ts';

/** One line of the log. */
export interface Said {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface TestPlane {
  readonly plane: DataPlane;
  readonly instance: Instance;
  readonly traffic: Traffic;
  readonly trace: Trace;
  readonly said: readonly Said[];
  /** Where what the configuration names lies. */
  readonly folder: string;
  /** That of the n-th listener. */
  port(n?: number): number;
  /** Writes a file into the folder, and gives its name. */
  write(name: string, text: string): string;
  /** Writes a certificate and its key, and gives their names. */
  writeCertificate(
    name: string,
    certificate: TlsCertificate,
  ): { readonly cert: string; readonly key: string };
  reload(config: object): Promise<ReloadResult>;
}

interface PlaneFacts {
  readonly transport?: 'raw' | 'net';
  readonly logLevel?: LogLevel;
  readonly trace?: readonly TraceClass[];
}

type Files = Pick<TestPlane, 'folder' | 'write' | 'writeCertificate'>;

const aFolder = (): Files => {
  const folder = mkdtempSync(join(tmpdir(), 'forehand-plane-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return name;
  };
  const writeCertificate: Files['writeCertificate'] = (name, { cert, key }) => ({
    cert: write(`${name}.crt`, cert),
    key: write(`${name}.key`, key),
  });
  return { folder, write, writeCertificate };
};

const notingLog = (said: Said[], level: LogLevel): Log => {
  const note =
    (at: string) =>
    (message: string, fields: object = {}): void =>
      void said.push({ level: at, message, fields: { ...fields } });
  return {
    ...silentLog,
    level,
    debug: note('debug'),
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
  };
};

/** A data plane at work for one test, listening where its configuration says. `config` is told where files are. */
export const aDataPlane = async (
  config: (files: Files) => { readonly listen?: unknown; readonly pools: object },
  { transport = 'raw', logLevel = 'info', trace: classes = [] }: PlaneFacts = {},
): Promise<TestPlane> => {
  const files = aFolder();
  const said: Said[] = [];
  const log = notingLog(said, logLevel);
  const whole = (given: object): object => ({ admin: false, listen: '127.0.0.1:0', ...given });
  const source = (given: object) => ({ value: whole(given), baseDirectory: files.folder });
  const trace = new Trace(log, processClock.now, classes);
  const instance = await Instance.start({
    source: source(config(files)),
    env: {},
    log,
    clock: processClock,
    seed: 1,
    watch: false,
    heartbeat: new Heartbeat(),
  });
  onTestFinished(() => instance.close());
  const traffic = new Traffic({ instance, clock: processClock, refusals: new Refusals(), version: '0' });
  onTestFinished(() => traffic.close());
  const plane = new DataPlane({
    instance,
    traffic,
    transport: transportNamed(transport),
    clock: processClock,
    log,
    trace,
  });
  onTestFinished(() => plane.close());
  for (const listener of instance.model.config.listen) {
    const address = parseListenAddress(listener.address);
    if (address) await plane.listen(address, listener);
  }
  return {
    ...files,
    plane,
    instance,
    traffic,
    trace,
    said,
    port: (n = 0) => Number(/:(\d+)$/.exec(plane.addresses[n] ?? '')?.[1]),
    reload: (given) => instance.reload(source(given)),
  };
};
