// An empty project of a user, with the packed tarball installed as `npm install molmo2-webgpu` would.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';

export interface Project {
  readonly folder: string;
  /** Runs a program there; its output comes back whether it worked or not. */
  run(command: string, args: readonly string[]): { status: number | null; stdout: string; stderr: string };
  write(file: string, text: string): void;
  remove(): void;
}

/** What other users have beside the package: the oldest TypeScript that is supported, and bundlers. */
const tools = ['typescript@~5.6', '@types/node@^22', 'esbuild', 'rollup', '@rollup/plugin-node-resolve'];

/**
 * Builds and packs the repository, and installs the tarball and a few tools into a new folder beside a picture
 * `sample.png`.
 */
export function createProject(picture: string): Project {
  const folder = mkdtempSync(join(tmpdir(), 'molmo2-user-'));
  const tarballs = join(folder, 'tarball');
  mkdirSync(tarballs);
  npm(resolve('.'), ['run', '--silent', 'build']);
  npm(resolve('.'), ['pack', '--silent', '--ignore-scripts', '--pack-destination', tarballs]);
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  write('package.json', JSON.stringify({ name: 'user', private: true, type: 'module' }));
  npm(folder, [
    'install',
    '--silent',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    ...tarballIn(tarballs),
    ...tools,
  ]);
  copyFileSync(picture, join(folder, 'sample.png'));
  return {
    folder,
    write,
    run: (command, args) =>
      spawnSync(command, args, { cwd: folder, env: userEnvironment(), encoding: 'utf8' }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function tarballIn(folder: string): string[] {
  return readdirSync(folder).map((file) => join(folder, file));
}

/** Without the variables that npm and Vitest give to their children: the user's project knows nothing of this one. */
function userEnvironment(): Record<string, string | undefined> {
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
