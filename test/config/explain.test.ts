import { describe, expect, it } from 'vitest';
import { shownConfig } from '../../src/config/shown/shown-config.ts';
import { brief, type Files, problemsIn, readFrom, withPool } from './support.ts';

const MAIN = '/srv/forehand.yaml';
const read = (text: string, files: Files = {}) =>
  readFrom({ file: MAIN }, { files: { [MAIN]: withPool(text), ...files } });

describe('the token for explanations', () => {
  it('is none unless one is written', async () => {
    expect((await read('')).config.explain).toBeUndefined();
  });

  it('is written, or stands in a file with others; nobody is shown one', async () => {
    const written = (await read('explain: { token: s3cret }')).config;
    expect(written.explain).toEqual({ secrets: ['s3cret'] });
    const named = (await read('explain: { tokenFile: t }', { '/srv/t': 's3cret\nolder\n' })).config;
    expect(named.explain).toEqual({ tokenFile: 't', secrets: ['s3cret', 'older'] });
    expect(shownConfig(written)).toMatchObject({ explain: { token: '***' } });
    expect(shownConfig(named)).toMatchObject({ explain: { tokenFile: 't' } });
    expect(JSON.stringify([shownConfig(written), shownConfig(named)])).not.toContain('s3cret');
  });

  it.each([
    ['{}', 'there is neither `token` nor `tokenFile`'],
    ['{ token: a, tokenFile: t }', 'there are both `token` and `tokenFile`'],
    ['{ token: "" }', 'the token is empty'],
    ['{ token: "a b" }', 'a token is of visible ASCII characters'],
    ['{ tokenFile: nowhere }', 'nowhere'],
    ['{ tokenFile: empty }', 'is empty'],
    ['{ token: a, more: 1 }', 'unknown key `more`'],
  ])('is refused as %s', async (explain, message) => {
    const reading = read(`explain: ${explain}`, { '/srv/t': 'x', '/srv/empty': '\n' });
    expect((await problemsIn(reading)).map(brief).join('\n')).toContain(message);
  });
});
