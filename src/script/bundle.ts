import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { OnLoadResult, OnResolveArgs, OnResolveResult, Plugin } from 'esbuild';
import { type Problem, ScriptError } from '../core/errors.ts';
import { isBuildFailure, toProblem } from './bundle-problem.ts';

const SHARED_KEY = 'forehand.modules';
/** Where the packages are that scripts share with the program, under this symbol on globalThis. */
export const SHARED_MODULES = Symbol.for(SHARED_KEY);

/** A package that scripts share with the program, by the names that it exports. */
export type SharedModules = Readonly<Record<string, object>>;

/** One self-contained ES module made of a script and what it imports of its author's own files. */
export interface Bundle {
  readonly code: Uint8Array;
  /** Of the code with its source map: 16 hexadecimal digits. */
  readonly hash: string;
  readonly warnings: readonly Problem[];
}

export interface BundleOrder {
  /** Absolute. */
  readonly entry: string;
  readonly modules: SharedModules;
  /** Hears of every file that the bundle is made of, or would be if it were there; also when bundling fails. */
  readonly onFile: (path: string) => void;
}

const OWN_RESOLVE = Symbol('own resolve');
const NAMESPACE = 'package';

/**
 * A module that hands on what the program itself has loaded, so that both have the same instances. The names are
 * strings, for some are no identifiers (`null`, `function` of zod).
 */
const sharedSource = (name: string, module: object): string => {
  const names = Object.keys(module).filter((key) => key !== 'default');
  return [
    `const shared = globalThis[Symbol.for('${SHARED_KEY}')][${JSON.stringify(name)}];`,
    ...names.map(
      (key, i) => `const $${i} = shared[${JSON.stringify(key)}]; export { $${i} as ${JSON.stringify(key)} };`,
    ),
    'export default shared.default ?? shared;',
  ].join('\n');
};

/** True for the path of a file; other specifiers name packages (or what a tsconfig maps them to). */
const isOwn = (path: string): boolean => path.startsWith('.') || isAbsolute(path);

const noRequire = (path: string): OnResolveResult => ({
  errors: [{ text: `require(${JSON.stringify(path)}) does not work in a script; use import` }],
});

/**
 * Shared packages become modules that read them from the program; other packages stay outside, by absolute address,
 * since the bundle runs from another folder; everything else is the author's and goes in.
 */
const packages = ({ modules, onFile }: BundleOrder): Plugin => ({
  name: 'forehand-packages',
  setup(build) {
    const resolveImport = async (args: OnResolveArgs): Promise<OnResolveResult | undefined> => {
      const { path, kind, importer, resolveDir, namespace } = args;
      if (kind === 'entry-point' || args.pluginData === OWN_RESOLVE) return undefined;
      if (Object.hasOwn(modules, path)) return { path, namespace: NAMESPACE };
      const found = await build.resolve(path, {
        kind,
        importer,
        resolveDir,
        namespace,
        pluginData: OWN_RESOLVE,
      });
      if (found.errors.length > 0) {
        if (isOwn(path)) onFile(resolve(resolveDir, path));
        return undefined;
      }
      const outside = found.external || (!isOwn(path) && /[\\/]node_modules[\\/]/.test(found.path));
      if (outside && kind === 'require-call') return noRequire(path);
      if (found.external || !outside) return undefined;
      return { path: pathToFileURL(found.path).href, external: true };
    };
    build.onResolve({ filter: /.*/ }, resolveImport);
    build.onLoad(
      { filter: /.*/, namespace: NAMESPACE },
      ({ path }): OnLoadResult => ({ contents: sharedSource(path, modules[path] ?? {}) }),
    );
    build.onLoad({ filter: /.*/, namespace: 'file' }, ({ path }) => {
      onFile(path);
      return undefined;
    });
  },
});

/**
 * Bundles run from private folders of this name and six more characters. Source maps name the sources from there, and
 * only the depth of the folder matters to them, so the same sources always make the same bytes.
 */
export const bundleFolder = async (): Promise<string> =>
  join(await realpath(tmpdir()).catch(tmpdir), 'forehand-script-');

/**
 * Bundles a script for Node 20. `import.meta` speaks of the script itself, also in files that it imports, and not of
 * the place that the bundle runs from. Throws a ScriptError for faults in the script.
 */
export const bundle = async (order: BundleOrder): Promise<Bundle> => {
  const { build } = await import('esbuild');
  wasStarted = true;
  const folder = dirname(order.entry);
  try {
    const { outputFiles, warnings } = await build({
      entryPoints: [order.entry],
      absWorkingDir: folder,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      sourcemap: 'inline',
      sourcesContent: false,
      write: false,
      outfile: join(`${await bundleFolder()}xxxxxx`, 'script.mjs'),
      logLevel: 'silent',
      // Packages outside are loaded by Node itself, which knows no `module` condition and no `module` field.
      conditions: [],
      mainFields: ['main'],
      define: {
        'import.meta.url': JSON.stringify(pathToFileURL(order.entry).href),
        'import.meta.filename': JSON.stringify(order.entry),
        'import.meta.dirname': JSON.stringify(folder),
      },
      plugins: [packages(order)],
    });
    const code = outputFiles[0]?.contents ?? new Uint8Array();
    const hash = createHash('sha256').update(code).digest('hex').slice(0, 16);
    return { code, hash, warnings: warnings.map(toProblem('warning', folder)) };
  } catch (thrown) {
    if (!isBuildFailure(thrown)) throw thrown;
    throw new ScriptError(thrown.errors.map(toProblem('error', folder)), { cause: thrown });
  }
};

/** A process that bundles nothing, since it is handed its bundles, never loads esbuild. */
let wasStarted = false;

/** Ends esbuild's own process, which else stays for as long as this one. The next bundle starts it again. */
export const endBundling = async (): Promise<void> => {
  if (!wasStarted) return;
  const { stop } = await import('esbuild');
  await stop();
};
