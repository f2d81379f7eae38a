// Finds the Chromium that tests run in, or installs one: `node scripts/run.mjs scripts/chromium.ts` prints its path.

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { readCache, root, stampOf, writeCache } from './cache.ts';
import { chromiumCandidates } from './chromium-candidates.ts';
import { chromiumArgs, probeChromium } from './chromium-probe.ts';

export interface Chromium {
  readonly executablePath: string;
  readonly version: string;
  readonly args: string[];
}

type Log = (line: string) => void;

const print: Log = (line) => process.stderr.write(`${line}\n`);

interface Remembered {
  readonly executablePath: string;
  readonly version: string;
  readonly stamp: string;
}

/** A browser that CHROMIUM names is kept apart, so that it is not taken when CHROMIUM is gone. */
const foundHere = 'chromium';
const chosenByHand = 'chromium-chosen';

/** The browser that passed last time, if its file is still the same and CHROMIUM does not name another. */
function remembered(): Chromium | null {
  const chosen = process.env['CHROMIUM'];
  for (const name of chosen ? [foundHere, chosenByHand] : [foundHere]) {
    const last = readCache(name) as Remembered | null;
    if (!last || stampOf(last.executablePath) !== last.stamp) continue;
    const { executablePath, version } = last;
    if (chosen && chosen !== executablePath) continue;
    return { executablePath, version, args: chromiumArgs(executablePath) };
  }
  return null;
}

/** The first candidate that passes the probe. `refused` keeps what was wrong with the others, by path. */
async function firstFit(refused: Map<string, string>, log: Log): Promise<Chromium | null> {
  for (const { path, from } of chromiumCandidates()) {
    if (refused.has(`${path} ${stampOf(path)}`)) continue;
    const { version, problem } = await probeChromium(path);
    if (problem === null) {
      log(`Chromium: ${path} (${version}, ${from}) has WebGPU and decodes H.264.`);
      writeCache(process.env['CHROMIUM'] ? chosenByHand : foundHere, {
        executablePath: path,
        version,
        stamp: stampOf(path),
      });
      return { executablePath: path, version, args: chromiumArgs(path) };
    }
    log(`Chromium: ${path} (${from}) cannot be used: ${problem}.`);
    refused.set(`${path} ${stampOf(path)}`, problem);
  }
  return null;
}

/** Runs an installer with its output on standard error; true when it says it worked. */
function runs(log: Log, command: string, args: readonly string[]): boolean {
  log(`Chromium: running ${[command === process.execPath ? 'node' : command, ...args].join(' ')}`);
  const { status, error } = spawnSync(command, args, {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: 10 * 60_000,
  });
  if (status !== 0) log(`Chromium: that failed (${error ? error.message : `exit status ${status}`}).`);
  return status === 0;
}

function playwrightCli(): string {
  return join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js');
}

const isRoot = process.getuid?.() === 0;

/** Ways to get a browser, each tried only when what the ones before brought does not run. */
function installers(log: Log): (() => boolean)[] {
  const apt = isRoot && spawnSync('apt-get', ['--version']).status === 0;
  const asRoot = [
    // Playwright's build brings no shared libraries of its own.
    () => runs(log, process.execPath, [playwrightCli(), 'install-deps', 'chromium']),
    () => runs(log, 'apt-get', ['install', '-y', '--no-install-recommends', 'chromium']),
  ];
  return [
    () => runs(log, process.execPath, [playwrightCli(), 'install', '--no-shell', 'chromium']),
    ...(apt ? [() => runs(log, 'apt-get', ['update']), ...asRoot.reverse()] : []),
  ];
}

function cannot(refused: Map<string, string>): Error {
  const seen = [...refused].map(([key, problem]) => `  ${key.split(' ')[0]}: ${problem}`);
  return new Error(
    [
      'No Chromium here has WebGPU on SwiftShader and decodes H.264, and none could be installed.',
      ...(seen.length > 0 ? seen : ['  none was found']),
      'Install one (Google Chrome; on Debian, as root: apt-get install chromium) or set CHROMIUM to the path of its program.',
    ].join('\n'),
  );
}

/** A Chromium that can run the tests, without installing anything; null when there is none. */
export async function findChromium(log: Log = () => {}): Promise<Chromium | null> {
  return remembered() ?? (await firstFit(new Map(), log));
}

/** A Chromium that can run the tests, installed if need be. Throws an Error that says what was tried. */
export async function ensureChromium(log: Log = print): Promise<Chromium> {
  const last = remembered();
  if (last) {
    log(`Chromium: ${last.executablePath} (${last.version}), as last time.`);
    return last;
  }
  const refused = new Map<string, string>();
  const found = await firstFit(refused, log);
  if (found) return found;
  if (process.env['CHROMIUM']) throw cannot(refused);
  log('Chromium: none here fits; trying to install one.');
  for (const install of installers(log)) {
    if (!install()) continue;
    // What stood before may work now, with the libraries that came along.
    refused.clear();
    const installed = await firstFit(refused, log);
    if (installed) return installed;
  }
  throw cannot(refused);
}

if (process.argv[1] === join(root, 'scripts/chromium.ts')) {
  try {
    console.log((await ensureChromium()).executablePath);
  } catch (error) {
    print(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
