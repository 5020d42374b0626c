import { encodeReport, type Report } from '../../src/core/report.ts';
import { encodeDatagram } from '../../src/state/datagram.ts';
import { keyIdOf } from '../../src/state/tokens.ts';
import {
  ALL,
  aFuzzReport,
  below,
  FAR,
  type Fleet,
  HOSTILE,
  oneOf,
  type Random,
  STRANGER,
  WEB,
} from './fuzz-cases.ts';
import { SAME_KEY_ID } from './support.ts';

/** What must become of a message: `lawful` may be taken if the board agrees, for its sender holds the token. */
export type Verdict = 'taken' | 'refused' | 'lawful';

export interface Case {
  readonly kind: string;
  readonly bytes: Buffer;
  readonly verdict: Verdict;
}

export interface Scene {
  readonly random: Random;
  readonly fleet: Fleet;
  readonly clock: { now(): number; epoch(): number };
  /** Datagrams that were taken, the last of them. */
  readonly taken: Buffer[];
}

/** An agent keeps to one of these. */
const HOLDERS = [ALL, SAME_KEY_ID[0], WEB];

/** Spoils some bytes. */
export const damaged = (random: Random, bytes: Buffer): Buffer => {
  const copy = Buffer.from(bytes);
  const at = below(random, copy.length);
  const kind = below(random, 6);
  if (kind === 0) return copy.subarray(0, at);
  if (kind === 1) return Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1 + below(random, 8))]);
  if (kind === 2) return Buffer.concat([copy, copy.subarray(at)]);
  if (kind === 3)
    return Buffer.concat([copy.subarray(0, at), Buffer.from([below(random, 256)]), copy.subarray(at)]);
  for (let i = below(random, 3); i >= 0; i--) copy[below(random, copy.length)]! ^= 1 << below(random, 8);
  if (copy.equals(bytes)) copy[at]! ^= 1;
  return copy;
};

const signed = ({ clock }: Scene, report: Report, token: string | undefined = ALL, ahead = 0): string =>
  encodeDatagram(encodeReport(report), token, clock.epoch() + ahead);

const header = (text: string): string[] => text.slice(0, text.indexOf('\n')).split(' ');
const withHeader = (text: string, fields: readonly string[]): string =>
  fields.join(' ') + text.slice(text.indexOf('\n'));

/** A report that is longer than this, and good otherwise. */
export const paddedTo = (size: number): string =>
  JSON.stringify({ ...aFuzzReport({ node: 'large' }), padding: 'x'.repeat(size) });

/** Ways to make what nobody may take. */
const FORGERIES: Readonly<Record<string, (scene: Scene) => string | Buffer | undefined>> = {
  'damaged anywhere': (scene) => damaged(scene.random, Buffer.from(signed(scene, scene.fleet.sketch()))),
  'damaged in its header': (scene) => {
    const text = signed(scene, scene.fleet.sketch());
    const end = text.indexOf('\n') + 1;
    return Buffer.concat([
      damaged(scene.random, Buffer.from(text.slice(0, end))),
      Buffer.from(text.slice(end)),
    ]);
  },
  'under the key id of another token': (scene) => {
    const text = signed(scene, scene.fleet.sketch());
    const keyId = keyIdOf(oneOf(scene.random, [FAR, WEB, SAME_KEY_ID[0], 'guess']));
    return withHeader(text, header(text).with(1, keyId));
  },
  'not signed': (scene) => encodeDatagram(encodeReport(scene.fleet.sketch()), undefined, scene.clock.epoch()),
  'of a signature cut off': (scene) => {
    const text = signed(scene, scene.fleet.sketch());
    return withHeader(text, header(text).with(3, oneOf(scene.random, ['-', '', 'A'.repeat(43)])));
  },
  'of the signature of another': (scene) => {
    const text = signed(scene, scene.fleet.sketch());
    const other = header(signed(scene, aFuzzReport({ node: 'other' })));
    return withHeader(text, header(text).with(3, other[3]!));
  },
  'of another time': (scene) => {
    const text = signed(scene, scene.fleet.sketch());
    return withHeader(
      text,
      header(text).with(2, String(scene.clock.epoch() + 1 + below(scene.random, 1000))),
    );
  },
  'with an unknown token': (scene) =>
    signed(scene, scene.fleet.sketch(), oneOf(scene.random, [STRANGER, 'guess', 'a'])),
  'of long ago or to come': (scene) =>
    signed(
      scene,
      scene.fleet.sketch(),
      ALL,
      oneOf(scene.random, [-3_600_000, -30_001, 30_001, 3_600_000, 1e13]),
    ),
  'with a token of another network': (scene) => signed(scene, scene.fleet.sketch(), FAR),
  'with a token of another pool': (scene) =>
    signed(
      scene,
      aFuzzReport({ node: 'stray', servers: [{ url: 'http://10.1.0.1:4001', pool: 'api' }] }),
      WEB,
    ),
  'half for another pool': (scene) => {
    const servers = [
      { url: 'http://10.0.0.98:3001', pool: 'web' },
      { url: 'http://10.1.0.1:4001', pool: 'api' },
    ];
    return signed(scene, aFuzzReport({ node: 'stray', servers }), WEB);
  },
  'taken before': ({ taken, random }) => (taken.length > 0 ? oneOf(random, taken) : undefined),
  'taken before, spelt anew': ({ taken, random }) => {
    const text = taken.length > 0 ? oneOf(random, taken).toString() : undefined;
    return (
      text &&
      withHeader(
        text,
        header(text).with(3, `${header(text)[3]!.slice(0, -1)}${oneOf(random, [...'ABCDQgwx'])}`),
      )
    );
  },
  'of a boot or a number that is past': (scene) => {
    const stale = scene.fleet.stale();
    return stale && signed(scene, stale);
  },
  hostile: (scene) =>
    encodeDatagram(
      oneOf(scene.random, HOSTILE),
      oneOf(scene.random, [ALL, SAME_KEY_ID[0]]),
      scene.clock.epoch(),
    ),
  'too large': ({ random, clock }) => {
    const text = encodeDatagram(paddedTo(8193 + below(random, 12_000)), ALL, clock.epoch());
    return random() < 0.5 ? text : Buffer.alloc(text.length, below(random, 256));
  },
  noise: ({ random }) => Buffer.from(Array.from({ length: below(random, 300) }, () => below(random, 256))),
};
const FORGERY_KINDS = Object.keys(FORGERIES);

/** A report of a holder whose bytes were spoilt before it was signed. */
export const mutant = (random: Random, seq: number): string => {
  const report = aFuzzReport({ node: `mutant${below(random, 50)}`, boot: 'm', seq });
  const servers = [{ url: `http://10.0.1.${below(random, 200)}:3050`, pool: 'web', stats: { load1: 2 } }];
  return damaged(random, Buffer.from(encodeReport({ ...report, servers }))).toString();
};

let mutants = 0;

/** The next message: one in ten is good, the others are not, or nobody can tell beforehand. */
export const nextDatagram = (scene: Scene): Case => {
  const { random, fleet, clock } = scene;
  const dice = random();
  if (dice < 0.1) {
    const report = fleet.next(clock.now());
    const text = signed(scene, report, HOLDERS[Number(report.node.slice(1)) % HOLDERS.length]);
    return { kind: 'good', bytes: Buffer.from(text), verdict: 'taken' };
  }
  if (dice < 0.25) {
    mutants += 1;
    const text = encodeDatagram(mutant(random, mutants), oneOf(random, [ALL, WEB]), clock.epoch());
    return { kind: 'mutant', bytes: Buffer.from(text), verdict: 'lawful' };
  }
  const kind = oneOf(random, FORGERY_KINDS);
  const forged = FORGERIES[kind]?.(scene);
  return forged === undefined
    ? nextDatagram(scene)
    : { kind, bytes: Buffer.from(forged), verdict: 'refused' };
};
