import { describe, expect, it } from 'vitest';
import { LiveScreen } from '../../src/cli/live-screen.ts';
import { anOutput } from './live-place.ts';

describe('the live screen', () => {
  it('cuts what does not fit', () => {
    const out = anOutput({ isTTY: true, columns: 3, rows: 2 });
    new LiveScreen(out, false).show(
      ['abcdef', 'two', 'three'].map((text) => ({ text, tone: 'plain' as const })),
    );
    expect(out.text()).toContain('\u001b[Habc\u001b[K\r\n...\u001b[K\u001b[J');
  });

  it('gives back only what it has taken', () => {
    const out = anOutput({ isTTY: true });
    const screen = new LiveScreen(out, false);
    screen.close();
    expect(out.text()).toBe('');
    screen.show([]);
    screen.close();
    screen.close();
    expect(out.text().split('\u001b[?1049l')).toHaveLength(2);
  });

  it('takes a terminal that does not know its size for one of 80 by 24', () => {
    const out = anOutput({ isTTY: true, columns: 0, rows: 0 });
    new LiveScreen(out, false).show([{ text: 'x'.repeat(81), tone: 'plain' }]);
    expect(out.text()).toContain(`\u001b[H${'x'.repeat(80)}\u001b[K`);
  });
});
