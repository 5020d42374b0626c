import { describe, expect, it } from 'vitest';
import { ClientNames, type NameQuestions } from '../../src/rules/client-names.ts';

const never = new Promise<never>(() => undefined);

const someNames = (questions: Partial<NameQuestions>, limit = 1000) => {
  let now = 0;
  const asked: string[] = [];
  const names = new ClientNames({
    now: () => now,
    limit,
    questions: {
      reverse: async (ip) => {
        asked.push(ip);
        return (await questions.reverse?.(ip)) ?? [];
      },
      addresses: async (name, ip) => (await questions.addresses?.(name, ip)) ?? [],
    },
  });
  const find = (ip: string) => new Promise<void>((done) => names.find(ip, done));
  const pass = (time: number): void => {
    now += time;
  };
  return { names, asked, find, pass };
};

describe('names of clients', () => {
  it('count if they lead back to the address, in lower case and without the last dot', async () => {
    const { names, find } = someNames({
      reverse: async () => ['Host.Example.com.', 'www.google.com'],
      addresses: async (name) => (name.startsWith('Host') ? ['192.0.2.1'] : ['198.51.100.1']),
    });
    expect(names.known('192.0.2.1')).toBeUndefined();
    await find('192.0.2.1');
    expect(names.known('192.0.2.1')).toEqual(['host.example.com']);
  });

  it('are asked for once by all who wait, and again after five minutes', async () => {
    const { names, asked, find, pass } = someNames({
      reverse: async () => ['a.example'],
      addresses: async () => ['192.0.2.1'],
    });
    await Promise.all([find('192.0.2.1'), find('192.0.2.1')]);
    expect(asked).toHaveLength(1);
    pass(299_999);
    expect(names.known('192.0.2.1')).toEqual(['a.example']);
    pass(1);
    expect(names.known('192.0.2.1')).toBeUndefined();
  });

  it.each<[string, Partial<NameQuestions>]>([
    ['nobody answers', { reverse: () => never }],
    ['there is none', { reverse: () => Promise.reject(new Error('ENOTFOUND')) }],
    [
      'the name has no address',
      { reverse: async () => ['a.example'], addresses: () => Promise.reject(new Error('x')) },
    ],
  ])('are none where %s, for a minute', async (_, questions) => {
    const { names, find, pass } = someNames(questions, 5);
    await find('192.0.2.1');
    expect(names.known('192.0.2.1')).toEqual([]);
    pass(60_000);
    expect(names.known('192.0.2.1')).toBeUndefined();
  });

  it('are not asked for of more than 256 clients at once', async () => {
    const { asked, find, names } = someNames({ reverse: () => never }, 1000);
    for (let i = 0; i < 256; i++) void find(`10.0.1.${i}`);
    await find('192.0.2.1');
    expect(asked).toHaveLength(256);
    expect(names.known('192.0.2.1')).toBeUndefined();
  });
});
