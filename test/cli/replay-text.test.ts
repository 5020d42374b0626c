import { describe, expect, it } from 'vitest';
import { replayText } from '../../src/cli/replay-text.ts';
import type { EffectView } from '../../src/recording/effect.ts';

const FIGURES = { mean: 10, p99: 30, failures: 0 };

const textWith = (effect: Pick<EffectView, 'samples' | 'effectiveSamples' | 'overlap'>): string =>
  replayText(
    {
      ...{ decisions: 500, different: 10, share: {}, checksum: '01234567', differences: [], lost: 0 },
      ...{ forgotten: [], damaged: [], effect: { ...effect, before: FIGURES, after: FIGURES } },
    },
    true,
  );

describe('what a replay says of response times', () => {
  it('is an estimate where the sample is worth enough', () => {
    const text = textWith({ samples: 300, effectiveSamples: 250, overlap: 0.9 });
    expect(text).toContain(
      'Estimated from the recorded outcomes (300 decisions drawn again, worth 250; 90.0 %',
    );
    expect(text).toMatch(/other chain +10\.0 +30\.0 +0\.0 %/);
  });

  it.each([
    { samples: 80, effectiveSamples: 70.9, overlap: 1 },
    { samples: 300, effectiveSamples: 70.9, overlap: 0.6 },
  ])('is that there are too few decisions where more would help (%o)', (effect) => {
    expect(textWith(effect)).toContain('too few decisions: worth 70 of the 200 that it takes.');
  });

  it('is that there are too few where there are none', () => {
    const text = textWith({ samples: 0, effectiveSamples: 0, overlap: 0 });
    expect(text).toContain('too few decisions: worth 0 of the 200 that it takes.');
  });

  it.each([
    { samples: 4000, effectiveSamples: 3000, overlap: 0.4 },
    { samples: 20, effectiveSamples: 10, overlap: 0.1 },
    { samples: 5000, effectiveSamples: 100, overlap: 0.7 },
  ])('is that the chains are too different where more decisions would not help (%o)', (effect) => {
    expect(textWith(effect)).toContain('the two chains choose too differently (');
  });
});
