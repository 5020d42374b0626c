import { describe, expect, it } from 'vitest';
import { loadIoredis } from '../../../src/state/redis/load-ioredis.ts';

describe('the package ioredis', () => {
  it('is there where it is installed', async () => {
    expect(typeof (await loadIoredis()).Redis).toBe('function');
  });

  it('is asked for where it is not', async () => {
    const missing = () => Promise.reject(new Error("Cannot find package 'ioredis'"));
    await expect(loadIoredis(missing)).rejects.toThrow(/npm install ioredis.*Cannot find package/);
  });
});
