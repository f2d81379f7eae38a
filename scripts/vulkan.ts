// Finds a Vulkan driver that Dawn in Node computes on. Linux only: Dawn uses Metal on macOS and Direct3D on Windows.
// The answer is a set of environment variables, as the Vulkan loader reads nothing else.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { readCache, root, stampOf, writeCache } from './cache.ts';
import { chromiumCandidates } from './chromium-candidates.ts';

export interface Vulkan {
  /** The adapter's own name. */
  readonly adapter: string;
  /** To be set before the process that uses Dawn starts: LD_LIBRARY_PATH is read only then. */
  readonly env: Readonly<Record<string, string>>;
}

type Log = (line: string) => void;

const print: Log = (line) => process.stderr.write(`${line}\n`);
const chosenBy = ['VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'LD_LIBRARY_PATH'] as const;

// Vulkan drivers complain on standard error when there is no such folder.
const quiet = process.env['XDG_RUNTIME_DIR'] ? {} : { XDG_RUNTIME_DIR: '/tmp' };

// The object that create() returns must outlive the adapter, or the process crashes.
const probe = `
  import { create } from 'webgpu';
  globalThis.gpu = create([]);
  const adapter = await globalThis.gpu.requestAdapter();
  const device = await adapter?.requestDevice();
  if (device) {
    const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
    const { subgroupMinSize, subgroupMaxSize } = adapter.info;
    const name = description || vendor + ' ' + architecture;
    const f16 = adapter.features.has('shader-f16');
    const subgroups = adapter.features.has('subgroups') ? [subgroupMinSize, subgroupMaxSize] : null;
    const packed = globalThis.gpu.wgslLanguageFeatures.has('packed_4x8_integer_dot_product');
    console.log(JSON.stringify({ name, isFallbackAdapter, f16, subgroups, packed }));
  }
  process.exit(0);`;

export interface Adapter {
  readonly name: string;
  readonly isFallbackAdapter: boolean;
  readonly f16: boolean;
  /** The smallest and the largest subgroup; null without subgroups. */
  readonly subgroups: readonly [number, number] | null;
  /** Packed integer products are part of WGSL. */
  readonly packed: boolean;
}

/** The adapter that Dawn finds in a new process with `env` added; null when it finds none or crashes. */
export function adapterWith(env: Readonly<Record<string, string>>): Adapter | null {
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', probe], {
    cwd: root,
    env: { ...process.env, ...quiet, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return status === 0 && stdout.trim() !== '' ? JSON.parse(stdout) : null;
}

/** Folders with SwiftShader's driver file: Chromium carries one beside its program. */
export function swiftshaderFolders(): string[] {
  const beside = chromiumCandidates().flatMap(({ path }) =>
    existsSync(path) ? [dirname(realpathSync(path))] : [],
  );
  // Debian's and others' commands are scripts that start a program elsewhere.
  const known = [
    '/usr/lib/chromium',
    '/usr/lib/chromium-browser',
    '/usr/lib64/chromium-browser',
    '/opt/google/chrome',
  ];
  return [...new Set([...beside, ...known])].filter((folder) =>
    existsSync(join(folder, 'vk_swiftshader_icd.json')),
  );
}

/** A folder with nothing but a link to Chromium's Vulkan loader: its other libraries must not reach other programs. */
function loaderFolder(folder: string): string | null {
  const library = join(folder, 'libvulkan.so.1');
  if (!existsSync(library)) return null;
  const links = join(root, 'node_modules/.cache/molmo2-webgpu/lib');
  mkdirSync(links, { recursive: true });
  rmSync(join(links, 'libvulkan.so.1'), { force: true });
  symlinkSync(library, join(links, 'libvulkan.so.1'));
  return links;
}

/** SwiftShader from a Chromium, with the system's Vulkan loader or, where there is none, Chromium's. */
function swiftshader(): Vulkan | null {
  for (const folder of swiftshaderFolders()) {
    const driver = { VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json') };
    const alone = adapterWith(driver);
    if (alone) return { adapter: alone.name, env: { ...quiet, ...driver } };
    const links = loaderFolder(folder);
    if (links === null) continue;
    const before = process.env['LD_LIBRARY_PATH'];
    const env = { ...driver, LD_LIBRARY_PATH: before ? `${links}:${before}` : links };
    const withLoader = adapterWith(env);
    if (withLoader) return { adapter: withLoader.name, env: { ...quiet, ...env } };
  }
  return null;
}

function find(): Vulkan | null {
  const own = adapterWith({});
  const chosen = process.env['VK_ICD_FILENAMES'] ?? process.env['VK_DRIVER_FILES'];
  // A driver that the user names, or a real GPU, comes first; another CPU driver only where there is no SwiftShader,
  // whose results are known.
  if (own && (chosen || !own.isFallbackAdapter)) return { adapter: own.name, env: quiet };
  return swiftshader() ?? (own && { adapter: own.name, env: quiet });
}

interface Remembered extends Vulkan {
  readonly chosen: Record<string, string | null>;
  readonly stamp: string | null;
}

function choices(): Record<string, string | null> {
  return Object.fromEntries(chosenBy.map((name) => [name, process.env[name] ?? null]));
}

function remembered(): Vulkan | null {
  const last = readCache('vulkan') as Remembered | null;
  if (!last || JSON.stringify(last.chosen) !== JSON.stringify(choices())) return null;
  const driver = last.env['VK_ICD_FILENAMES'];
  if (driver !== undefined && stampOf(driver) !== last.stamp) return null;
  return { adapter: last.adapter, env: last.env };
}

/** A driver that Dawn works with; null when there is none. */
export function findVulkan(log: Log = () => {}): Vulkan | null {
  if (process.platform !== 'linux') return { adapter: 'the default', env: {} };
  const last = remembered();
  const found = last ?? find();
  if (!found) return null;
  const driver = found.env['VK_ICD_FILENAMES'];
  log(`Dawn: ${found.adapter}${driver ? ` (${driver})` : ''}${last ? ', as last time' : ''}.`);
  if (!last) {
    writeCache('vulkan', {
      ...found,
      chosen: choices(),
      stamp: driver === undefined ? null : stampOf(driver),
    });
  }
  return found;
}

/** As `findVulkan`; throws an Error that says what to do when there is none. */
export function ensureVulkan(log: Log = print): Vulkan {
  const found = findVulkan(log);
  if (found) return found;
  throw new Error(
    'Dawn finds no GPU here, and there is no SwiftShader (vk_swiftshader_icd.json) beside a Chromium. ' +
      'Install Chromium (on Debian, as root: apt-get install chromium) or set VK_ICD_FILENAMES to a Vulkan driver file.',
  );
}

if (process.argv[1] === join(root, 'scripts/vulkan.ts')) console.log(JSON.stringify(ensureVulkan().env));
