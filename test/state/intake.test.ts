import { describe, expect, it } from 'vitest';
import { encodeReport } from '../../src/core/report.ts';
import { Intake } from '../../src/state/intake.ts';
import { aClock, aReport, Listener } from './support.ts';

const SOURCE = { address: '10.0.0.9', transport: 'udp' } as const;
const REFUSAL = { code: 'signature', message: 'wrong' } as const;
const CLAIM = { node: 'web1', servers: [{ url: 'http://10.0.0.1:3001', pool: 'web' }] };

const anIntake = () => {
  const [clock, listener] = [aClock(), new Listener()];
  const intake = new Intake(clock);
  intake.subscribe(listener);
  return { clock, listener, intake };
};

describe('Intake', () => {
  it('hands on a report with its source, and remembers it', () => {
    const { intake, listener } = anIntake();
    expect(intake.take(encodeReport(aReport()), SOURCE)).toBeUndefined();
    expect(listener.reports).toEqual([{ report: aReport(), source: SOURCE }]);
    expect(intake.recent()).toEqual([aReport()]);
  });

  it('tells whom a refused report is about, as far as it can be read', () => {
    const { intake, listener } = anIntake();
    intake.take(JSON.stringify({ ...aReport(), v: 2 }), SOURCE);
    intake.refuse(REFUSAL, SOURCE, encodeReport(aReport()));
    intake.refuse(REFUSAL, SOURCE, CLAIM);
    expect(listener.codes).toEqual(['version', 'signature', 'signature']);
    expect(listener.refusals.map(({ claim }) => claim)).toEqual([CLAIM, CLAIM, CLAIM]);
    expect(intake.recent()).toEqual([]);
  });

  it('reads a message only when it is looked into, and keeps nothing of it with the refusal', () => {
    const { intake, listener } = anIntake();
    const refusal = { ...REFUSAL, json: 'long' };
    intake.refuse(refusal, SOURCE, () => encodeReport(aReport()));
    intake.refuse(refusal, SOURCE, () => undefined);
    expect(listener.refusals.map(({ claim }) => claim)).toEqual([CLAIM, undefined]);
    expect(listener.refusals[0]?.refusal).toEqual(REFUSAL);
    let read = 0;
    for (let i = 0; i < 1000; i++)
      intake.refuse(REFUSAL, SOURCE, () => {
        read += 1;
        return undefined;
      });
    expect(read).toBe(398);
  });

  it('tells nothing of a message that says nothing', () => {
    const { intake, listener } = anIntake();
    intake.refuse(REFUSAL, SOURCE);
    intake.refuse(REFUSAL, SOURCE, 'garbage');
    expect(listener.refusals.map(({ claim }) => claim)).toEqual([undefined, undefined]);
  });

  it('counts every refusal of a flood, and looks into 200 a second', () => {
    const { intake, listener, clock } = anIntake();
    const text = encodeReport(aReport());
    const readOf = (count: number): number => {
      listener.refusals.length = 0;
      for (let i = 0; i < count; i++) intake.refuse(REFUSAL, SOURCE, text);
      expect(listener.refusals).toHaveLength(count);
      return listener.refusals.filter(({ claim }) => claim).length;
    };
    expect(readOf(1000)).toBe(400);
    clock.turn(1000);
    expect(readOf(1000)).toBe(200);
  });
});
