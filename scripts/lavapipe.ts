// `npm run lavapipe [-- folder]`: Mesa's software Vulkan driver with shader-f16, which SwiftShader lacks, and a Chromium
// whose WebGPU runs on it. On Debian 12. Prints the folder and how to use it.

import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { root, stampOf } from './cache.ts';
import { isHeadlessShell } from './chromium-candidates.ts';
import { probeChromium } from './chromium-probe.ts';
import {
  ensureDriver,
  has,
  lavapipeFolder,
  output,
  writeIcd,
  type Env,
  type Log,
} from './lavapipe-driver.ts';
import { adapterWith, swiftshaderFolders } from './vulkan.ts';

export interface Lavapipe {
  readonly folder: string;
  readonly env: Env;
  /** A Chromium whose WebGPU runs on lavapipe. */
  readonly chromium: string;
}

const print: Log = (line) => process.stderr.write(`${line}\n`);
const originFile = 'made-from.txt'; // written last

const programNames = /^(chromium|chrome|chromium-headless-shell|chrome-headless-shell|headless_shell)$/;

interface Browser {
  readonly folder: string;
  readonly program: string;
}

/** A Chromium that lies with its SwiftShader in one folder: the headless shell if there is one, as it starts sooner. */
function installedChromium(): Browser {
  for (const folder of swiftshaderFolders()) {
    if (existsSync(join(folder, '..', originFile))) continue; // CHROMIUM names one that was made here
    const programs = readdirSync(folder).filter((name) => programNames.test(name));
    const program = programs.find(isHeadlessShell) ?? programs[0];
    if (program !== undefined) return { folder, program };
  }
  throw new Error(
    'lavapipe: there is no Chromium here with SwiftShader beside it. As root: apt-get install chromium.',
  );
}

/** The C compiler of this machine. */
function compiler(): string {
  const found = [process.env['CC'], 'cc', 'gcc', 'clang'].find((name) => name && has(name));
  if (found) return found;
  throw new Error(
    'lavapipe: Chromium needs a small library that is compiled here, and there is no C compiler. As root: apt-get install gcc libc6-dev.',
  );
}

function compileForward(cc: string, file: string): void {
  const source = join(root, 'scripts/lavapipe-forward.c');
  const flags = ['-O2', '-shared', '-fPIC', '-fvisibility=hidden', '-Wall'];
  output('compiling scripts/lavapipe-forward.c', cc, [...flags, '-o', file, source, '-ldl']);
}

/** A folder of links to an installed Chromium, in which the WebGPU driver is lavapipe's. */
function linkChromium(folder: string, { folder: installed, program }: Browser, cc: string): void {
  const replaced = ['libvk_swiftshader.so', 'vk_swiftshader_icd.json', program];
  for (const name of readdirSync(installed))
    if (!replaced.includes(name) && !programNames.test(name))
      symlinkSync(join(installed, name), join(folder, name));
  // Chromium looks for its driver beside the file that a link leads to, so the program itself is no symbolic link.
  const source = realpathSync(join(installed, program));
  try {
    linkSync(source, join(folder, program));
  } catch {
    copyFileSync(source, join(folder, program)); // another disk, or somebody else's file
  }
  // WebGL stays on SwiftShader: ANGLE reads this file, WebGPU opens the library beside the program.
  writeIcd(join(folder, 'vk_swiftshader_icd.json'), join(installed, 'libvk_swiftshader.so'));
  compileForward(cc, join(folder, 'libvk_swiftshader.so'));
}

/** Says what is wrong when f16 cannot be had of what was unpacked. */
async function requireF16(env: Env, chromium: string, log: Log): Promise<void> {
  const adapter = adapterWith(env);
  if (!adapter?.f16) throw new Error(`lavapipe: Dawn finds no shader-f16 on ${adapter?.name ?? 'it'}.`);
  log(`lavapipe: Dawn in Node has shader-f16 on ${adapter.name}.`);
  const { version, problem, f16 } = await probeChromium(chromium);
  if (problem !== null || !f16)
    throw new Error(`lavapipe: Chromium cannot use it: ${problem ?? 'no shader-f16'}.`);
  log(`lavapipe: Chromium ${version} has shader-f16.`);
}

/** What Chromium's folder was made from: an updated Chromium would find its new files beside an old program. */
function origin({ folder, program }: Browser): string {
  return String(stampOf(join(folder, program)));
}

function isWhole(folder: string, browser: Browser): boolean {
  const file = join(folder, originFile);
  return existsSync(file) && readFileSync(file, 'utf8') === origin(browser);
}

/** Makes `folder`/chromium beside its place and moves it there, so that a broken attempt leaves nothing behind. */
async function addChromium(folder: string, env: Env, browser: Browser, log: Log): Promise<void> {
  const cc = compiler();
  const work = mkdtempSync(join(folder, 'chromium-'));
  try {
    linkChromium(work, browser, cc);
    await requireF16(env, join(work, browser.program), log);
    rmSync(join(folder, originFile), { force: true });
    rmSync(join(folder, 'chromium'), { recursive: true, force: true });
    renameSync(work, join(folder, 'chromium'));
    writeFileSync(join(folder, originFile), origin(browser));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** lavapipe in `folder`, unpacked if it is not there. Throws an Error of one line that says what is missing. */
export async function ensureLavapipe(folder = lavapipeFolder, log: Log = print): Promise<Lavapipe> {
  const path = resolve(folder);
  const browser = installedChromium();
  const env = ensureDriver(path, log);
  if (!isWhole(path, browser)) await addChromium(path, env, browser, log);
  return { folder: path, env, chromium: join(path, 'chromium', browser.program) };
}

if (process.argv[1] === join(root, 'scripts/lavapipe.ts')) {
  try {
    const { folder, env, chromium } = await ensureLavapipe(process.argv[2]);
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    console.log(folder);
    console.log(`Dawn in Node: ${variables.join(' ')}`);
    console.log(`Chromium:     CHROMIUM=${chromium}`);
  } catch (error) {
    print(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
