import { describe, expect, it } from 'vitest';
import { createLog } from '../../../src/control/logs/log.ts';

const linesOf = (format: 'text' | 'json', level: 'info' | 'error' = 'info'): string[] => {
  const lines: string[] = [];
  const log = createLog({ level, format }, (line) => lines.push(line));
  log.info('started', { port: 8080 });
  log.error('failed');
  log.debug('not shown');
  return lines;
};

describe('the log', () => {
  it('writes one line for people, with the fields behind the message', () => {
    const [started] = linesOf('text');
    expect(started).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z info {2}started port=8080\n$/);
  });

  it('writes one JSON object a line for machines', () => {
    const [started] = linesOf('json');
    expect(JSON.parse(started ?? '')).toMatchObject({ msg: 'started', port: 8080, level: 30 });
  });

  it('leaves out what is below its level', () => {
    expect(linesOf('text', 'error')).toHaveLength(1);
  });
});
