import { readFileSync } from 'node:fs';

/** The version of the installed package. Found by walking up, as sources and build lie at different depths. */
export const versionText = (): string => {
  for (let folder = new URL('.', import.meta.url), i = 0; i < 5; i++, folder = new URL('..', folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (name === 'forehand' && version) return version;
    } catch {
      // no package.json here: one folder up
    }
  }
  return '0.0.0';
};
