// An empty project of a user, with the packed tarball installed as `npm install molmo2-webgpu` would.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';

export interface Project {
  readonly folder: string;
  /** Runs a program there or in a folder inside; its output comes back whether it worked or not. */
  run(command: string, args: readonly string[], inside?: string): Ran;
  /** Writes a file and the folders that it lies in. */
  write(file: string, text: string): void;
  remove(): void;
}

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What other users have beside the package: the oldest TypeScript that is supported, and bundlers. */
const tools = ['typescript@~5.6', '@types/node@^22', 'esbuild', 'rollup', '@rollup/plugin-node-resolve'];

/**
 * Builds and packs the repository, and installs the tarball and tools (a few, and those of `more`) into a new folder beside a
 * picture `sample.png`.
 */
export function createProject(picture: string, more: readonly string[] = []): Project {
  const folder = mkdtempSync(join(tmpdir(), 'molmo2-user-'));
  const tarball = packInto(join(folder, 'tarball'));
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  write('package.json', JSON.stringify({ name: 'user', private: true, type: 'module' }));
  install(folder, [tarball, ...tools, ...more]);
  copyFileSync(picture, join(folder, 'sample.png'));
  return {
    folder,
    write,
    run: (command, args, inside = '') =>
      spawnSync(command, args, { cwd: join(folder, inside), env: userEnvironment(), encoding: 'utf8' }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Builds and packs the repository. Returns the tarball's path. */
export function packInto(folder: string): string {
  mkdirSync(folder, { recursive: true });
  npm(resolve('.'), ['run', '--silent', 'build']);
  npm(resolve('.'), ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]);
  return join(folder, readdirSync(folder)[0] ?? '');
}

/** `npm install` of these packages, or of what package.json lists. */
export function install(folder: string, packages: readonly string[] = []): void {
  npm(folder, ['install', '--silent', '--no-audit', '--no-fund', '--prefer-offline', ...packages]);
}

/** Without the variables that npm and Vitest give to their children: the user's project knows nothing of this one. */
export function userEnvironment(): Record<string, string | undefined> {
  const foreign = /^(npm_|NODE_ENV$|NODE_OPTIONS$|INIT_CWD$|VITEST)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

function npm(cwd: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd,
    env: userEnvironment(),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed in ${cwd}:\n${stdout}\n${stderr}`);
}
