// Writes a checkpoint of random weights as safetensors, at the speed of the disk and without holding any of it.

import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { archFiles, type ArchName } from '../../cli/synth/arch.ts';
import { tokenizerFiles } from '../../cli/synth/tokenizer-files.ts';
import { modelConfig } from '../../src/read-config.ts';
import type { StoredType } from '../../src/weights/checkpoint/safetensors.ts';
import { expectedTensors, type ExpectedShapes } from '../../src/weights/checkpoint/tensor-names.ts';

interface ConfigJson {
  text_config: Record<string, unknown>;
  vit_config: Record<string, unknown>;
  adapter_config: Record<string, unknown>;
}

export interface RandomCheckpoint {
  readonly arch: ArchName;
  readonly dtype: StoredType;
  readonly files?: number;
  /** Changes config.json. */
  readonly edit?: (config: ConfigJson) => void;
  /** Tensors whose bytes are another's. */
  readonly same?: Readonly<Record<string, string>>;
}

const bytesPer = { F32: 4, F16: 2, BF16: 2 } as const;
const blockValues = 1 << 22;
const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);

/** Writes the folder and returns the bytes of its safetensors files. */
export function writeRandomCheckpoint(
  folder: string,
  { arch, dtype, files = 1, edit, same = {} }: RandomCheckpoint,
): number {
  mkdirSync(folder, { recursive: true });
  const json: Record<string, unknown> = { ...archFiles(arch), ...tokenizerFiles(arch) };
  edit?.(json['config.json'] as ConfigJson);
  for (const [name, value] of Object.entries(json)) writeFileSync(join(folder, name), JSON.stringify(value));
  const all = [...expectedTensors(modelConfig(json['config.json']))];
  const block = randomBlock(dtype);
  const names = Array.from({ length: files }, (_, i) =>
    files === 1 ? 'model.safetensors' : `model-${i + 1}-of-${files}.safetensors`,
  );
  const weightMap: Record<string, string> = {};
  let total = 0;
  names.forEach((file, i) => {
    // Sorted by name, as the reference writes them.
    const share = all.filter((_, at) => Math.floor((at * files) / all.length) === i).toSorted(byName);
    for (const [name] of share) weightMap[name] = file;
    total += writeFile(join(folder, file), new Map(share), dtype, block, same);
  });
  if (files > 1)
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }));
  return total;
}

function writeFile(
  path: string,
  shapes: ExpectedShapes,
  dtype: StoredType,
  block: Uint8Array,
  same: Readonly<Record<string, string>>,
): number {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, shape] of shapes) {
    const start = end;
    end += shape.reduce((product, size) => product * size, bytesPer[dtype]);
    header[name] = { dtype, shape, data_offsets: [start, end] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const head = Buffer.alloc(Math.ceil((8 + text.length) / 8) * 8, 0x20);
  head.writeBigUInt64LE(BigInt(head.length - 8));
  text.copy(head, 8);
  const file = openSync(path, 'w');
  writeSync(file, head);
  for (const [name, shape] of shapes) {
    const byteLength = shape.reduce((product, size) => product * size, bytesPer[dtype]);
    writeRepeated(file, block, byteLength, phaseOf(same[name] ?? name));
  }
  closeSync(file);
  return head.length + end;
}

function writeRepeated(file: number, block: Uint8Array, byteLength: number, phase: number): void {
  let from = phase;
  for (let done = 0; done < byteLength;) {
    const length = Math.min(block.length - from, byteLength - done);
    done += writeSync(file, block, from, length);
    from = 0;
  }
}

/** Where in the block a tensor begins: another place for every name. */
function phaseOf(name: string): number {
  let hash = 7;
  for (const character of name) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
  return (hash % 100_000) * 16;
}

/** Normally distributed weights; about one in a thousand is ten times as large, as in trained models. */
function randomBlock(dtype: StoredType): Uint8Array {
  let state = 12345;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const values = new Float32Array(blockValues);
  for (let i = 0; i < values.length; i += 2) {
    const radius = 0.02 * Math.sqrt(-2 * Math.log(next())) * (next() < 0.001 ? 10 : 1);
    const angle = 2 * Math.PI * next();
    values[i] = radius * Math.cos(angle);
    values[i + 1] = radius * Math.sin(angle);
  }
  if (dtype === 'F32') return new Uint8Array(values.buffer);
  const bits = new Uint32Array(values.buffer);
  // F16 here is any pattern that is finite and below 1; the tests only compare what is read back.
  const halves =
    dtype === 'BF16'
      ? Uint16Array.from(bits, (all) => all >>> 16)
      : Uint16Array.from(bits, (all) => all & 0xbbff);
  return new Uint8Array(halves.buffer);
}
