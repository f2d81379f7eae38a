// Finds the Firefox that `npm run test:firefox` runs in: FIREFOX, one on the PATH, or Debian's package, which is unpacked and
// not installed. `node scripts/run.mjs scripts/firefox.ts` prints its path.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { root } from './cache.ts';

export interface Firefox {
  readonly program: string;
  readonly version: string;
}

type Log = (line: string) => void;

const print: Log = (line) => process.stderr.write(`${line}\n`);
const oldest = 141; // the first release with WebGPU
const packageName = 'firefox-esr';
const folder = join(root, 'node_modules/.cache/molmo2-webgpu/firefox');
const unpacked = join(folder, 'usr/lib', packageName, packageName);
const byHand = `Install Firefox ${oldest} or later, or set FIREFOX to the path of its program.`;

/** Runs a command. Throws what it complained about, behind what was being done. */
function run(doing: string, command: string, args: readonly string[], cwd: string): void {
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 5 * 60_000 });
  if (status === 0) return;
  const complaint = error?.message ?? stderr.trim().split('\n').at(-1) ?? `exit status ${status}`;
  throw new Error(`Firefox: ${doing} failed: ${complaint}. ${byHand}`);
}

/** The Firefox that a program is; null when it does not start. */
function started(program: string): Firefox | null {
  const { stdout, status } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 60_000 });
  const version = status === 0 ? /Firefox (\S+)/.exec(stdout)?.[1] : undefined;
  return version === undefined ? null : { program, version };
}

function isNewEnough({ version }: Firefox): boolean {
  return Number.parseInt(version, 10) >= oldest;
}

/** Puts Debian's package into `folder`. It is made beside its place, so that a broken attempt leaves nothing behind. */
function unpack(log: Log): void {
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}-`);
  try {
    log(`Firefox: none here; fetching Debian's ${packageName}.`);
    run('the download', 'apt-get', ['-qq', 'download', packageName], work);
    const file = readdirSync(work).find((name) => name.endsWith('.deb'));
    if (!file) throw new Error(`Firefox: apt downloaded no ${packageName}. ${byHand}`);
    run('unpacking', 'dpkg-deb', ['--extract', file, '.'], work);
    rmSync(join(work, file));
    rmSync(folder, { recursive: true, force: true });
    renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Libraries of the system that the unpacked Firefox needs and that are not here. Its own lie beside it. */
function missingLibraries(): string[] {
  const beside = dirname(unpacked);
  const { stdout } = spawnSync('ldd', [join(beside, 'libxul.so')], {
    encoding: 'utf8',
    env: { ...process.env, LD_LIBRARY_PATH: beside },
  });
  const lines = stdout?.split('\n') ?? [];
  return lines.flatMap((line) => (line.includes('not found') ? [line.trim().split(' ')[0] ?? ''] : []));
}

function debians(log: Log): Firefox {
  if (!existsSync(unpacked)) unpack(log);
  const missing = missingLibraries();
  if (missing.length > 0)
    throw new Error(`Firefox: ${missing.join(', ')} missing. As root: apt-get install ${packageName}.`);
  const found = started(unpacked);
  if (found && isNewEnough(found)) return found;
  throw new Error(
    `Firefox: ${unpacked} ${found ? `is ${found.version}` : 'does not start'}. Delete ${folder}; ${byHand}`,
  );
}

/** A Firefox with WebGPU, unpacked if there is none. Throws an Error that says what to do. */
export function ensureFirefox(log: Log = print): Firefox {
  const chosen = process.env['FIREFOX'];
  if (chosen) {
    const found = started(chosen);
    if (found && isNewEnough(found)) return found;
    throw new Error(
      `Firefox: FIREFOX is ${chosen}, which ${found ? `is ${found.version}` : 'does not start'}. ${byHand}`,
    );
  }
  for (const program of ['firefox', packageName]) {
    const found = started(program);
    if (found && isNewEnough(found)) return found;
  }
  return debians(log);
}

if (process.argv[1] === join(root, 'scripts/firefox.ts')) {
  try {
    console.log(ensureFirefox().program);
  } catch (error) {
    print(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
