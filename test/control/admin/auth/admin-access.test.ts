import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { AdminAccess } from '../../../../src/control/admin/auth/admin-access.ts';
import { hashPassword } from '../../../../src/password/password.ts';

const asking = (password: string): IncomingMessage =>
  ({
    method: 'GET',
    socket: { remoteAddress: '192.0.2.1' },
    headers: { authorization: `Basic ${Buffer.from(`eve:${password}`).toString('base64')}` },
  }) as unknown as IncomingMessage;

describe('who may use the admin listener', () => {
  it('gets no more than ten guesses a minute either where they all come at once', async () => {
    const hash = await hashPassword('right', { cost: 1024, block: 8, parallel: 1 });
    const access = new AdminAccess({ events: { add: () => undefined }, now: () => 0 });
    access.follow({ basic: { realm: 'forehand', users: [{ name: 'eve', hash, scope: 'write' }] } });
    const passwords = [...Array.from({ length: 20 }, (_, i) => `wrong ${i}`), 'right'];
    const answers = await Promise.all(
      passwords.map((password) => access.authorize(asking(password), '/metrics', false)),
    );
    // Two are checked at once, so that they need not end in order.
    expect(answers.filter((answer) => answer?.status === 401)).toHaveLength(10);
    expect(answers.at(-1)?.status).toBe(429);
  });
});
