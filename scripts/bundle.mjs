// Joins TypeScript modules into JavaScript with rolldown: what `run.mjs` (a script or the CLI from source) and
// `build.ts` (the package) share. Plain JavaScript, because Node 20 does not read TypeScript.

import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

/** @typedef {import('rolldown').Plugin} Plugin */

/**
 * WGSL without what only its readers need; the language has no strings that could hold two slashes.
 * @param {string} wgsl
 */
function withoutComments(wgsl) {
  const code = wgsl.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/\/\/.*/g, '');
  return code.replaceAll(/^[ \t]+|[ \t]+$/gm, '').replaceAll(/\n{2,}/g, '\n');
}

/**
 * `import text from './x.wgsl?raw'` is the text of the file, as in Vite.
 * @returns {Plugin}
 */
export function rawText() {
  return {
    name: 'raw-text',
    resolveId: {
      filter: { id: /\?raw$/ },
      handler: (source, importer) => (importer ? resolve(dirname(importer), source) : null),
    },
    load: {
      filter: { id: /\?raw$/ },
      handler: async (id) => {
        const file = id.slice(0, -'?raw'.length);
        const text = await readFile(file, 'utf8');
        const kept = file.endsWith('.wgsl') ? withoutComments(text) : text;
        return { code: `export default ${JSON.stringify(kept)};`, moduleType: 'js' };
      },
    },
  };
}

/**
 * Keeps `import.meta.url` the address of the source file, for code that runs from a cache but reads files beside its source.
 * @returns {Plugin}
 */
export function sourceUrls() {
  return {
    name: 'source-urls',
    transform: {
      filter: { code: /import\.meta\.url/ },
      // No line moves, so the source map (null: as it was) still names the right lines.
      handler: (code, id) => ({
        code: code.replaceAll(/\bimport\.meta\.url\b/g, () => JSON.stringify(pathToFileURL(id).href)),
        map: null,
      }),
    },
  };
}

const urlOfFile = /(new URL\(\s*['"])(\.[^'"]+)(['"]\s*,\s*import\.meta\.url\s*,?\s*\))/g;

/**
 * Rewrites every `new URL('./file', import.meta.url)` so that it is right from `outDir`: `renamed` says where built modules
 * went (absolute path of the source -> absolute path of the output), other files stay where they are. Built modules that are
 * imported when they are needed stay files of their own.
 * @param {string} outDir @param {Record<string, string>} renamed @returns {Plugin}
 */
export function relocateUrls(outDir, renamed = {}) {
  return {
    name: 'relocate-urls',
    resolveId(source, importer, { kind }) {
      const target = importer && kind === 'dynamic-import' && renamed[resolve(dirname(importer), source)];
      return target ? { id: `./${relative(outDir, target).split(sep).join('/')}`, external: true } : null;
    },
    transform: {
      filter: { code: /import\.meta\.url/ },
      handler: (code, id) => ({
        code: code.replaceAll(urlOfFile, (_, before, path, after) => {
          const source = resolve(dirname(id), path);
          const target = relative(outDir, renamed[source] ?? source)
            .split(sep)
            .join('/');
          return `${before}${target.startsWith('.') ? target : `./${target}`}${after}`;
        }),
        map: null,
      }),
    },
  };
}

/**
 * Bundles `input` for `platform`. Packages and Node's own modules stay imports unless `inline` is set.
 * @param {{
 *   input: string | Record<string, string>, outDir: string, platform: 'node' | 'browser', plugins: Plugin[],
 *   singleFile?: boolean, inline?: boolean | ((name: string) => boolean), minify?: boolean, sourcemap?: boolean | 'inline',
 *   write?: boolean, banner?: string | ((chunk: { name: string }) => string),
 * }} options
 */
export async function bundle(options) {
  const inline = options.inline ?? false;
  const build = await rolldown({
    input: options.input,
    platform: options.platform,
    // Packages are imported, not copied: users get one copy of each, and their own bundler sees them.
    external: (id) => {
      if (id.startsWith('node:')) return true;
      if (/^[./#\0]/.test(id) || /^[A-Za-z]:[\\/]/.test(id)) return false;
      return typeof inline === 'function' ? !inline(id) : !inline;
    },
    resolve: {
      conditionNames: [options.platform === 'node' ? 'node' : 'browser', 'module', 'import', 'default'],
    },
    plugins: [rawText(), ...options.plugins],
    tsconfig: false,
    checks: { pluginTimings: false },
    onLog(level, log, handler) {
      if (level === 'warn') throw new Error(`Bundling ${JSON.stringify(options.input)}: ${log.message}`);
      handler(level, log);
    },
  });
  try {
    return await build[options.write === false ? 'generate' : 'write']({
      dir: options.outDir,
      format: 'es',
      entryFileNames: '[name].js',
      chunkFileNames: 'chunks/[name]-[hash].js',
      codeSplitting: !(options.singleFile ?? false),
      minify: options.minify ?? false,
      sourcemap: options.sourcemap ?? false,
      ...(options.banner ? { banner: options.banner } : {}),
    });
  } finally {
    await build.close();
  }
}
