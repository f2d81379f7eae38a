// `npm run lavapipe [-- folder]`: Mesa's software Vulkan driver with shader-f16, which SwiftShader lacks, and a Chromium
// whose WebGPU runs on it. On Debian 12, whose own lavapipe is too old: the driver comes from bookworm-backports, is
// unpacked and not installed. Prints the folder and how to use it.

import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { root, stampOf } from './cache.ts';
import { isHeadlessShell } from './chromium-candidates.ts';
import { probeChromium } from './chromium-probe.ts';
import { adapterWith, swiftshaderFolders } from './vulkan.ts';

export interface Lavapipe {
  readonly folder: string;
  /** To be set before a process that uses Dawn starts. */
  readonly env: Readonly<Record<string, string>>;
  /** A Chromium whose WebGPU runs on lavapipe. */
  readonly chromium: string;
}

type Log = (line: string) => void;

const print: Log = (line) => process.stderr.write(`${line}\n`);
const defaultFolder = join(root, 'node_modules/.cache/molmo2-webgpu/lavapipe');
const release = 'bookworm-backports';
const packageName = 'mesa-vulkan-drivers';
const originFile = 'made-from.txt'; // written last

/** What a command prints. Throws what it complained about, behind what was being done. */
function output(doing: string, command: string, args: readonly string[], cwd?: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    encoding: 'utf8',
    timeout: 5 * 60_000,
  });
  if (status === 0) return stdout;
  const complaint = error?.message ?? stderr.trim().split('\n').at(-1) ?? `exit status ${status}`;
  throw new Error(`lavapipe: ${doing} failed: ${complaint}`);
}

function has(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

function requireDebian12(): void {
  const file = '/etc/os-release';
  const about = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const name = /^PRETTY_NAME="?([^"\n]*)/m.exec(about)?.[1] ?? process.platform;
  if (!/^VERSION_CODENAME=bookworm$/m.test(about))
    throw new Error(
      `lavapipe: its package is made for Debian 12 (bookworm), and this is ${name}. ` +
        'Install Mesa 24.1 or later and name its lvp_icd.json in VK_ICD_FILENAMES.',
    );
  const missing = ['apt-get', 'dpkg-deb', 'tar'].filter((command) => !has(command));
  if (missing.length > 0) throw new Error(`lavapipe: ${missing.join(', ')} not found here.`);
}

/** apt with sources, lists and downloads of its own in `folder`, so that nothing of the system's changes. */
function privateApt(folder: string): string[] {
  const sites = output('asking apt for its mirror', 'apt-get', [
    'indextargets',
    '--format',
    '$(SITE)',
    'Codename: bookworm',
  ]);
  const mirror = sites.split('\n')[0] || 'http://deb.debian.org/debian';
  const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
  mkdirSync(join(folder, 'lists/partial'), { recursive: true });
  mkdirSync(join(folder, 'cache/archives/partial'), { recursive: true });
  writeFileSync(join(folder, 'sources.list'), `deb [signed-by=${keys}] ${mirror} ${release} main\n`);
  const options = {
    'Dir::Etc::SourceList': join(folder, 'sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    // The sandbox's user may not read a folder in somebody's home.
    'APT::Sandbox::User': 'root',
    'APT::Update::Error-Mode': 'any',
  };
  return ['-qq', ...Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`])];
}

/** Puts libvulkan_lvp.so of the package into `folder`. */
function unpackDriver(folder: string, log: Log): void {
  const work = join(folder, 'apt');
  mkdirSync(work);
  const apt = privateApt(work);
  log(`lavapipe: fetching ${packageName} of ${release}.`);
  output(`reading ${release} (is there a network?)`, 'apt-get', [...apt, 'update'], work);
  output('the download', 'apt-get', [...apt, 'download', `${packageName}/${release}`], work);
  const file = readdirSync(work).find((name) => name.endsWith('.deb'));
  if (!file) throw new Error(`lavapipe: apt downloaded no ${packageName}.`);
  const library = join(work, 'unpacked');
  output('unpacking', 'dpkg-deb', ['--extract', join(work, file), library]);
  const libraries = join(library, 'usr/lib');
  const found = readdirSync(libraries, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('/libvulkan_lvp.so'),
  );
  if (!found) throw new Error(`lavapipe: ${file} holds no libvulkan_lvp.so.`);
  renameSync(join(libraries, found), join(folder, 'libvulkan_lvp.so'));
  rmSync(work, { recursive: true });
}

/** The driver needs LLVM and other libraries, which Debian's own, older driver brings. */
function requireLibraries(folder: string): void {
  const lines = output('reading its libraries', 'ldd', [join(folder, 'libvulkan_lvp.so')]).split('\n');
  const missing = lines.flatMap((line) => (line.includes('not found') ? [line.trim().split(' ')[0]] : []));
  if (missing.length > 0)
    throw new Error(
      `lavapipe: ${missing.join(', ')} missing. Debian's own driver brings them; as root: apt-get install ${packageName}.`,
    );
}

/** A path without a folder would be searched among the system's libraries; this one is relative to the file. */
function writeIcd(file: string, library: string): void {
  const icd = { file_format_version: '1.0.0', ICD: { library_path: library, api_version: '1.3.0' } };
  writeFileSync(file, JSON.stringify(icd));
}

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
  mkdirSync(folder);
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

function described(folder: string, program: string): Lavapipe {
  const driver = { VK_ICD_FILENAMES: join(folder, 'lvp_icd.json') };
  const env = process.env['XDG_RUNTIME_DIR'] ? driver : { ...driver, XDG_RUNTIME_DIR: '/tmp' };
  return { folder, env, chromium: join(folder, 'chromium', program) };
}

/** Says what is wrong when f16 cannot be had of what was unpacked. */
async function requireF16({ env, chromium }: Lavapipe, log: Log): Promise<void> {
  const adapter = adapterWith(env);
  if (!adapter?.f16) throw new Error(`lavapipe: Dawn finds no shader-f16 on ${adapter?.name ?? 'it'}.`);
  log(`lavapipe: Dawn in Node has shader-f16 on ${adapter.name}.`);
  const { version, problem, f16 } = await probeChromium(chromium);
  if (problem !== null || !f16)
    throw new Error(`lavapipe: Chromium cannot use it: ${problem ?? 'no shader-f16'}.`);
  log(`lavapipe: Chromium ${version} has shader-f16.`);
}

/** What the folder was made from: an updated Chromium would find its new files beside an old program. */
function origin({ folder, program }: Browser): string {
  return String(stampOf(join(folder, program)));
}

function isWhole(folder: string, browser: Browser): boolean {
  const file = join(folder, originFile);
  return existsSync(file) && readFileSync(file, 'utf8') === origin(browser);
}

/** Makes the folder beside its place and moves it there, so that a broken attempt leaves nothing behind. */
async function unpack(folder: string, browser: Browser, log: Log): Promise<void> {
  const cc = compiler();
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}-`);
  try {
    unpackDriver(work, log);
    requireLibraries(work);
    writeIcd(join(work, 'lvp_icd.json'), './libvulkan_lvp.so');
    linkChromium(join(work, 'chromium'), browser, cc);
    await requireF16(described(work, browser.program), log);
    writeFileSync(join(work, originFile), origin(browser));
    rmSync(folder, { recursive: true, force: true });
    renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** lavapipe in `folder`, unpacked if it is not there. Throws an Error of one line that says what is missing. */
export async function ensureLavapipe(folder = defaultFolder, log: Log = print): Promise<Lavapipe> {
  const path = resolve(folder);
  const browser = installedChromium();
  if (!isWhole(path, browser)) {
    requireDebian12();
    await unpack(path, browser, log);
  }
  return described(path, browser.program);
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
