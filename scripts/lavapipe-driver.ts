// Mesa's software Vulkan driver, lavapipe, for Dawn in Node: unlike SwiftShader it has shader-f16, runs whole models four times as fast, and
// keeps what it has compiled on the disk, but compiles ten times as long. On Debian 12, whose own is too old: it comes from
// bookworm-backports, is unpacked and not installed.

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { readCache, root, stampOf, writeCache } from './cache.ts';
import { adapterWith } from './vulkan.ts';

export type Log = (line: string) => void;
/** Variables to be set before a process that uses Dawn starts. */
export type Env = Readonly<Record<string, string>>;

export const lavapipeFolder = join(root, 'node_modules/.cache/molmo2-webgpu/lavapipe');
const release = 'bookworm-backports';
const packageName = 'mesa-vulkan-drivers';

/** What a command prints. Throws what it complained about, behind what was being done. */
export function output(doing: string, command: string, args: readonly string[], cwd?: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    encoding: 'utf8',
    timeout: 2 * 60_000,
  });
  if (status === 0) return stdout;
  const complaint = error?.message ?? stderr.trim().split('\n').at(-1) ?? `exit status ${status}`;
  throw new Error(`lavapipe: ${doing} failed: ${complaint}`);
}

export function has(command: string): boolean {
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
    'Acquire::http::Timeout': '20',
    'Acquire::Retries': '1',
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
export function writeIcd(file: string, library: string): void {
  const icd = { file_format_version: '1.0.0', ICD: { library_path: library, api_version: '1.3.0' } };
  writeFileSync(file, JSON.stringify(icd));
}

const icdOf = (folder: string) => join(folder, 'lvp_icd.json');

function envOf(folder: string): Env {
  const driver = { VK_ICD_FILENAMES: icdOf(folder) };
  return process.env['XDG_RUNTIME_DIR'] ? driver : { ...driver, XDG_RUNTIME_DIR: '/tmp' };
}

/** The driver in `folder`, unpacked if it is not there. Throws an Error of one line that says what is missing. */
export function ensureDriver(folder: string, log: Log): Env {
  if (existsSync(icdOf(folder))) return envOf(folder);
  requireDebian12();
  mkdirSync(dirname(folder), { recursive: true });
  // Made beside its place and moved there, so that a broken attempt leaves nothing behind.
  const work = mkdtempSync(`${folder}-`);
  try {
    unpackDriver(work, log);
    requireLibraries(work);
    writeIcd(icdOf(work), './libvulkan_lvp.so');
    rmSync(folder, { recursive: true, force: true });
    renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return envOf(folder);
}

/** Where the driver was unpacked and Dawn computes on it: its variables, with a place for what it compiles; else null. */
export function findDriver(): Env | null {
  const stamp = stampOf(icdOf(lavapipeFolder));
  if (stamp === null) return null;
  const env = { ...envOf(lavapipeFolder), MESA_SHADER_CACHE_DIR: join(dirname(lavapipeFolder), 'mesa') };
  const last = readCache('lavapipe') as { readonly stamp: string; readonly works: boolean } | null;
  if (last?.stamp === stamp) return last.works ? env : null;
  const works = adapterWith(env) !== null;
  writeCache('lavapipe', { stamp, works });
  return works ? env : null;
}
