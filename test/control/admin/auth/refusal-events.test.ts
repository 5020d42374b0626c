import { describe, expect, it } from 'vitest';
import { RefusalEvents } from '../../../../src/control/admin/auth/refusal-events.ts';

describe('events of refusals', () => {
  it('are twenty a minute; the first of the next minute says how many were not told', () => {
    const told: string[] = [];
    let now = 0;
    const events = new RefusalEvents({ add: (_kind, message) => void told.push(message) }, () => now);
    for (let i = 0; i < 1000; i += 1) events.add('10.0.0.1', `was refused ${i}`);
    expect(told).toHaveLength(20);
    now = 60_000;
    events.add(undefined, 'was refused at last');
    expect(told.at(-1)).toBe('admin: the socket was refused at last (980 more were not told)');
    events.add('10.0.0.1', 'was refused again');
    expect(told.at(-1)).toBe('admin: 10.0.0.1 was refused again');
  });
});
