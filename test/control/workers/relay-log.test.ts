import { describe, expect, it } from 'vitest';
import type { LogLevel } from '../../../src/control/logs/log.ts';
import { relayLog } from '../../../src/control/workers/relay-log.ts';

const said = (level: LogLevel, fields?: object): readonly string[] => {
  const lines: string[] = [];
  const log = relayLog(({ level, message }) => lines.push(`${level} ${message}`), level);
  log.debug('one', fields);
  log.info('two', fields);
  log.error('three', fields);
  return lines;
};

describe('the log of a worker', () => {
  it('goes to control, without what control would not write', () => {
    expect(said('info')).toEqual(['info two', 'error three']);
    expect(said('debug')).toEqual(['debug one', 'info two', 'error three']);
  });

  it.each(['config_reloaded', 'config_warning', 'server_announced', 'node_joined', 'script_loaded'])(
    'leaves out %s, which control tells itself',
    (event) => {
      expect(said('info', { event })).toEqual([]);
    },
  );

  it.each(['script_fault', 'script_bypassed', 'script_resumed'])('tells of %s', (event) => {
    expect(said('info', { event })).toHaveLength(2);
  });
});
