import { duration, z } from '../core/options.ts';
import { span } from './span.ts';

const when = {
  servers: z.int().min(1).describe('how many servers it happens to: the first ones'),
  from: duration().prefault('0s').describe('when it begins'),
  for: span().exactOptional().describe('how long it lasts; to the end if left out'),
};

const errors = z.strictObject({
  kind: z.literal('errors').describe('answers at once, in 1 ms, with an error'),
  ...when,
  status: z.int().min(500).max(599).default(503),
});

const crash = z.strictObject({
  kind: z.literal('crash').describe('takes no connections, loses what it works on, and reports nothing'),
  ...when,
});

const deploy = z.strictObject({
  kind: z.literal('deploy').describe('one server after the other is restarted, and is cold for a while'),
  servers: when.servers,
  from: when.from,
  every: span().prefault('1s').describe('time between the restarts of two servers'),
  down: duration().prefault('1s').describe('how long a server is away'),
  slower: z.number().min(1).max(100).default(4).describe('times as long as else that a cold server takes'),
  cold: duration().prefault('30s').describe('how long it is cold; its measured speed does not show it'),
});

const lies = z.strictObject({
  kind: z.literal('lies').describe('its agent says what is not so, and so do its answers'),
  ...when,
  says: z
    .enum(['idle', 'nonsense'])
    .default('idle')
    .describe('idle: nothing to do and ten times as fast; nonsense: numbers that are none'),
});

/** One thing that goes wrong. */
export const failure = z.discriminatedUnion('kind', [errors, crash, deploy, lies]);

export type Failure = z.output<typeof failure>;
