import type { ExchangeRecord } from './record.ts';

/** For demonstrations: who answered, and what the chain did. Empty unless the settings ask for it. */
export const serverFields = ({
  settings,
  server,
  choice,
}: ExchangeRecord): Readonly<Record<string, string>> => {
  if (!settings.exposeServer || !server) return {};
  const steps = choice?.decision.steps.map(({ name, before, after }) => `${name} ${before}>${after}`) ?? [];
  const plain = steps.join(', ').replace(/[^\x20-\x7e]|["\\]/g, '');
  return { 'X-Forehand-Server': server.id, 'Server-Timing': `forehand;desc="${plain}"` };
};
