// `npm run measure:convert`: how fast `convert` is against a plain copy of the same files, and how much memory it takes.
// A copy reads everything and writes it back to the disk; both run with the files in the same state of the disk's cache.

import { spawn } from 'node:child_process';
import {
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { writeRandomCheckpoint } from './random-checkpoint.ts';

const folder = mkdtempSync(join(process.env['MEASURE_DIR'] ?? tmpdir(), 'molmo2-measure-'));
const source = join(folder, 'checkpoint');
const wanted = { copyShare: 0.4, memoryBytes: 1e9 };

/** True tensors of the 4B with one decoder layer and four vision layers: 4 GB. The head differs from the embedding. */
function writeSource(): number {
  return writeRandomCheckpoint(source, {
    arch: 'molmo2-4b',
    dtype: 'F32',
    files: 2,
    edit(config) {
      config.text_config['num_hidden_layers'] = 1;
      config.adapter_config['vit_layers'] = [3, 1];
    },
  });
}

/** Pushes what was written onto the disk, so that the next measurement does not pay for it. */
function flush(path: string): void {
  for (const file of readdirSync(path)) {
    const handle = openSync(join(path, file), 'r');
    fsyncSync(handle);
    closeSync(handle);
  }
}

/** Reads every file once, so that all measurements find the same in the disk's cache. */
function warm(): void {
  const buffer = new Uint8Array(8 << 20);
  for (const file of readdirSync(source)) {
    const handle = openSync(join(source, file), 'r');
    while (readSync(handle, buffer) > 0);
    closeSync(handle);
  }
}

function copy(): number {
  const target = join(folder, 'copy.bin');
  const buffer = new Uint8Array(8 << 20);
  const startMs = performance.now();
  const out = openSync(target, 'w');
  for (const file of readdirSync(source)) {
    const handle = openSync(join(source, file), 'r');
    for (let length = readSync(handle, buffer); length > 0; length = readSync(handle, buffer))
      writeSync(out, buffer, 0, length);
    closeSync(handle);
  }
  fsyncSync(out);
  closeSync(out);
  const ms = performance.now() - startMs;
  rmSync(target);
  return ms;
}

interface Run {
  readonly ms: number;
  readonly peakBytes: number;
  readonly outBytes: number;
}

/** Peak resident memory of a running process with all its threads, from Linux's own count. */
function peakOf(pid: number): number {
  try {
    const [, kib = '0'] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kib) * 1024;
  } catch {
    return 0; // it has ended
  }
}

async function convert(weights: string): Promise<Run> {
  const out = join(folder, weights);
  const startMs = performance.now();
  const args = ['scripts/run.mjs', 'cli/main.ts', 'convert', source, out, '--weights', weights];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  let peakBytes = 0;
  const watch = setInterval(() => (peakBytes = Math.max(peakBytes, peakOf(child.pid ?? 0))), 20);
  const status = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(watch);
  if (status !== 0) throw new Error(`convert --weights ${weights} ended with status ${status}`);
  flush(out);
  const ms = performance.now() - startMs;
  const outBytes = readdirSync(out).reduce((sum, file) => sum + statSync(join(out, file)).size, 0);
  rmSync(out, { recursive: true });
  return { ms, peakBytes, outBytes };
}

const MBps = (bytes: number, ms: number) => `${(bytes / 1e3 / ms).toFixed(0)} MB/s`;

try {
  const total = writeSource();
  flush(source);
  console.log(`checkpoint: ${(total / 1e9).toFixed(2)} GB in F32`);
  warm();
  const copies = [copy(), copy()];
  const runs = new Map<string, Run>();
  for (const weights of ['f16', 'q8', 'q4']) {
    warm();
    runs.set(weights, await convert(weights));
  }
  // Before and after, because a disk that others use changes its speed.
  warm();
  copies.push(copy());
  // A disk that takes a burst at once makes one copy several times as fast as the next, so the middle one counts.
  const copyMs = copies.toSorted((a, b) => a - b)[Math.floor(copies.length / 2)] ?? Infinity;
  console.log(
    `copy: ${copies.map((ms) => MBps(total, ms)).join(', ')}; the middle one counts (read, written and flushed)`,
  );
  let holds = true;
  for (const [weights, { ms, peakBytes, outBytes }] of runs) {
    const share = copyMs / ms;
    const demanded = weights !== 'q4';
    const ok = share >= wanted.copyShare && peakBytes <= wanted.memoryBytes;
    if (demanded && !ok) holds = false;
    console.log(
      `${weights}: ${MBps(total, ms)}, ${(100 * share).toFixed(0)}% of the copy, peak ${(peakBytes / 1e6).toFixed(0)} MB, ` +
        `${(outBytes / 1e9).toFixed(2)} GB written${demanded ? (ok ? ' - holds' : ' - DOES NOT HOLD') : ''}`,
    );
  }
  console.log(`wanted: ${100 * wanted.copyShare}% of the copy and at most ${wanted.memoryBytes / 1e6} MB`);
  process.exitCode = holds ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
