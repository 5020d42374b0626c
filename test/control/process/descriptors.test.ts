import { describe, expect, it } from 'vitest';
import { mostClients, mostDescriptors } from '../../../src/control/process/descriptors.ts';

describe('descriptors', () => {
  it.each([
    [256, 96],
    [1024, 480],
    [4096, 2016],
    [20_000, 17_888],
    [1_048_576, 1_046_464],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [10, 1],
  ])('of %d leave room for %d clients, and for connections to servers', (descriptors, clients) => {
    expect(mostClients(descriptors)).toBe(clients);
  });

  it('are as many as the system allows', () => {
    expect(mostDescriptors()).toBeGreaterThan(0);
  });
});
