// `convert`, `synth` and `verify` as functions, in this thread; tests/node/cli-bundle.test.ts runs the program.

import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { writeBundle } from '../../cli/bundle/write-bundle.ts';
import { convertCommand } from '../../cli/convert-command.ts';
import { sizeOf } from '../../cli/convert/slices.ts';
import { synthCommand } from '../../cli/synth-command.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { verifyCommand } from '../../cli/verify-command.ts';
import { Tokenizer } from '../../src/text/tokenizer.ts';
import { decodeMatrix, encodeMatrix } from '../../src/weights/formats/formats.ts';
import { findTensor, parseManifest } from '../../src/weights/bundle/manifest.ts';
import { writeRandomCheckpoint } from '../conversion/random-checkpoint.ts';
import { readSafetensors, type LoadedTensor } from '../safetensors.ts'; // prettier-ignore

const golden = 'tests/fixtures/golden';
const never = new AbortController().signal;
const embedding = 'model.transformer.wte.embedding';
const head = 'lm_head.weight';

let folder: string;
let notes: string[];
let printed: string;
const at = (name: string) => join(folder, name);

const terminal: Terminal = {
  print: (text) => (printed += text),
  note: (line) => notes.push(line),
  progress: () => {},
  flush: async () => {},
  broken: never,
};

beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'molmo2-convert-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => ([notes, printed] = [[], '']));

const convert = (source: string, out: string, weights = 'q8', signal = never) =>
  convertCommand([source, out, '--weights', weights], terminal, signal);
const verify = (name: string) => verifyCommand([name], terminal, never);

/** A tensor of a bundle in its stored form. */
function stored(bundle: string, name: string) {
  const manifest = parseManifest(readFileSync(join(bundle, 'molmo2.json')), bundle);
  const tensor = findTensor(manifest, name);
  if (!tensor) throw new Error(`${bundle} has no ${name}`);
  const file = readFileSync(join(bundle, manifest.shards[tensor.shard]!.file));
  const bytes = new Uint8Array(file.subarray(tensor.byteOffset, tensor.byteOffset + tensor.byteLength));
  return { bytes, format: tensor.format, size: sizeOf(tensor.shape) };
}

/** A tensor of a bundle as f32 values. */
function read(bundle: string, name: string): Float32Array {
  const { bytes, format, size } = stored(bundle, name);
  return decodeMatrix(format, bytes, ...size);
}

function checkpointTensors(source: string): Map<string, LoadedTensor> {
  const files = readdirSync(source).filter((file) => file.endsWith('.safetensors'));
  return new Map(files.flatMap((file) => [...readSafetensors(readFileSync(join(source, file)))]));
}

/** Every tensor of the bundle is what the encoder makes of the checkpoint's whole tensor. */
function expectConverted(source: string, bundle: string): void {
  const manifest = parseManifest(readFileSync(join(bundle, 'molmo2.json')), bundle);
  const tensors = checkpointTensors(source);
  for (const [name, { shape, data }] of tensors) {
    const { bytes, format } = stored(bundle, name);
    const whole = encodeMatrix(format, data as Float32Array, ...sizeOf(shape));
    expect(Buffer.compare(bytes, whole), name).toBe(0);
  }
  expect(tensors.size).toBe(manifest.tensors.length + manifest.aliases.size);
} // prettier-ignore

/** A checkpoint whose embedding takes three reads and two chunks of f16. */
function largeCheckpoint(name: string, same: Record<string, string> = {}, dtype: 'F32' | 'BF16' = 'F32'): string {
  writeRandomCheckpoint(at(name), {
    arch: 'tiny',
    dtype,
    files: 2,
    same,
    edit(config) {
      config.text_config['vocab_size'] = 40_000;
    },
  });
  return at(name);
} // prettier-ignore

// Some convert tens of megabytes, on a machine that may have other things to do.
describe('convert', { timeout: 60_000 }, () => {
  test.each(['f16', 'q8', 'q4'])(
    'stores the values of both golden checkpoints in %s, files as they came',
    async (weights) => {
      for (const name of ['checkpoint-olmo', 'checkpoint-qwen3']) {
        const [source, out] = [join(golden, name), at(`${name}-${weights}`)];
        await convert(source, out, weights);
        expectConverted(source, out);
        expect(readFileSync(join(out, 'tokenizer.json'))).toEqual(readFileSync(join(source, 'tokenizer.json')));
        expect(existsSync(`${out}.partial`)).toBe(false);
        await verify(out);
        expect(printed).toContain('all as they should be');
        printed = '';
      }
    },
  ); // prettier-ignore

  test('cuts large tensors into slices that give the same bytes, from BF16 too', async () => {
    const source = largeCheckpoint('large', {}, 'BF16');
    await convert(source, at('large-q4'), 'q4');
    expectConverted(source, at('large-q4'));
    await verify(at('large-q4'));
  });

  test('stores equal tensors once', async () => {
    const source = largeCheckpoint('tied', { [head]: embedding });
    await convert(source, at('tied-f16'), 'f16');
    expect(notes.join()).toContain(`${head} equals ${embedding} and is stored once`);
    expectConverted(source, at('tied-f16'));
    await verify(at('tied-f16'));
    expect(printed).toContain('1 aliases');
  });

  test('stores tensors that differ in a single byte both', async () => {
    const source = largeCheckpoint('almost', { [head]: embedding });
    const file = readdirSync(source).find((name) => name.startsWith('model-1-of'))!;
    const bytes = readFileSync(join(source, file));
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0)))) as Record<string, { data_offsets: [number, number] }>;
    const data = 8 + Number(bytes.readBigUInt64LE(0));
    // Between the samples that are compared first.
    bytes[data + header[head]!.data_offsets[0] + 9_000_002]! ^= 0x40;
    writeFileSync(join(source, file), bytes);
    await convert(source, at('almost-f16'), 'f16');
    expect(notes.join()).not.toContain('stored once');
    expectConverted(source, at('almost-f16'));
    await verify(at('almost-f16'));
  }); // prettier-ignore

  test('goes on where it was stopped and gives the same files', async () => {
    const source = largeCheckpoint('stopped', { [head]: embedding });
    await convert(source, at('whole-q8'));
    const out = at('stopped-q8');
    const stop = new AbortController();
    const reason = new Error('stopped');
    let stopped = false;
    // The second line of progress that names a chunk has come.
    const counting: Terminal = { ...terminal, progress: () => {} };
    const watch = setInterval(() => {
      const file = join(`${out}.partial`, 'progress.jsonl');
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
      if (lines.filter((line) => line.startsWith('{"chunk"')).length > 0) stop.abort(reason);
    }, 1);
    await convertCommand([source, out, '--weights', 'q8'], counting, stop.signal).catch((error: unknown) => {
      expect(error).toBe(reason);
      stopped = true;
    });
    clearInterval(watch);
    expect(stopped).toBe(true);
    expect(existsSync(out)).toBe(false);
    await convert(source, out);
    expect(notes.join()).toMatch(/went on behind \d+\.\d MB that an earlier run had converted/);
    for (const file of readdirSync(at('whole-q8')))
      expect(readFileSync(join(out, file)).equals(readFileSync(join(at('whole-q8'), file))), file).toBe(true);
  });

  test.each<[string, (partial: string, source: string) => void, boolean]>([
    ['a chunk that was damaged since', (partial) => writeFileSync(join(partial, 'weights-1.bin'), Buffer.alloc(100), { flag: 'r+' }), false],
    ['a shard that was cut off', (partial) => truncateSync(join(partial, 'weights-1.bin'), 1000), false],
    ['a line that was cut off', (partial) => truncateSync(join(partial, 'progress.jsonl'), readFileSync(join(partial, 'progress.jsonl')).length - 20), false],
    ['a source that has changed', (_, source) => utimesSync(join(source, 'model-1-of-2.safetensors'), 1, 1), false],
    ['everything as it was', () => {}, true],
  ])('of an interrupted run believes only what it reads back: %s', async (name, damage, kept) => {
    const source = largeCheckpoint('resumed');
    const out = at(`resumed-${name.replaceAll(' ', '-')}`);
    await convert(source, out);
    const finished = readFileSync(join(out, 'molmo2.json'), 'utf8');
    // Made to look as if the run had been stopped just before its end.
    const partial = `${out}.partial`;
    cpSync(out, partial, { recursive: true });
    rmSync(out, { recursive: true });
    const { shards } = parseManifest(readFileSync(join(partial, 'molmo2.json')), 'm');
    const lines = shards.flatMap(({ sha256 }, shard) =>
      sha256.map((hash, index) => JSON.stringify({ chunk: `${shard}:${index}`, sha256: hash })),
    );
    writeFileSync(join(partial, 'progress.jsonl'), `${await identityOf(source, out)}\n${lines.join('\n')}\n`);
    damage(partial, source);
    notes = [];
    await convert(source, out);
    expect(readFileSync(join(out, 'molmo2.json'), 'utf8')).toBe(finished);
    await verify(out);
    expect(notes.join().includes(`went on behind ${(totalOf(source) / 1e6).toFixed(1)} MB`)).toBe(kept);
  }); // prettier-ignore

  /** The first line that a run writes into its progress file. */
  async function identityOf(source: string, out: string): Promise<string> {
    const stop = new AbortController();
    const other = `${out}-identity`;
    const file = join(`${other}.partial`, 'progress.jsonl');
    const watch = setInterval(() => {
      if (existsSync(file) && readFileSync(file, 'utf8').includes('\n')) stop.abort(new Error('seen'));
    }, 1);
    await convert(source, other, 'q8', stop.signal).catch(() => {});
    clearInterval(watch);
    return readFileSync(file, 'utf8').split('\n')[0]!;
  }

  /** Bytes of all tensors of a checkpoint. */
  function totalOf(source: string): number {
    return [...checkpointTensors(source).values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  }

  test.each<[string, () => [string, string], RegExp]>([
    ['a folder that is there', () => (mkdirSync(at('full/x'), { recursive: true }), [join(golden, 'checkpoint-olmo'), at('full')]), /full is there already/],
    ['a partial folder of someone else', () => (mkdirSync(at('mine.partial/x'), { recursive: true }), [join(golden, 'checkpoint-olmo'), at('mine')]), /mine\.partial is there but was not left by this command/],
    ['an address', () => ['https://example.org/model', at('web')], /SRC is the address/],
    ['no checkpoint', () => ['tests/fixtures/samples', at('none')], /has no config\.json/],
    ['a misspelled repository', () => ['hf:molmo', at('hub')], /"hf:molmo" is no model on the hub/],
  ])('refuses %s', async (_, args, message) => {
    await expect(convert(...args())).rejects.toThrow(message);
  }); // prettier-ignore

  test('of a file that is shorter than its header says names the file and both lengths', async () => {
    const source = largeCheckpoint('short');
    truncateSync(join(source, 'model-2-of-2.safetensors'), 100_000);
    await expect(convert(source, at('short-out'))).rejects.toThrow(
      /model-2-of-2\.safetensors of .+ has 100000 bytes, but tensor "/,
    );
  });

  test('of weights that have no 16-bit form names the tensor', async () => {
    const source = at('infinite');
    cpSync(join(golden, 'checkpoint-olmo'), source, { recursive: true });
    const file = join(source, 'model.safetensors');
    const bytes = readFileSync(file);
    const data = 8 + Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, data)) as Record<string, { dtype: string; data_offsets: [number, number] }>;
    expect(header[embedding]!.dtype).toBe('F32');
    bytes.writeFloatLE(1e6, data + header[embedding]!.data_offsets[0] + 400);
    writeFileSync(file, bytes);
    await expect(convert(source, at('infinite-f16'), 'f16')).rejects.toThrow(
      `Tensor "${embedding}": A weight is 1000000, but f16 holds values up to 65504`,
    );
  }); // prettier-ignore
});

describe('a bundle', () => {
  test('for which the disk has no room is refused before anything is written', async () => {
    const shard = { file: 'weights-1.bin', byteLength: 2 ** 52 };
    const writing = writeBundle({
      out: at('huge'),
      plan: { shards: [shard], tensors: [], aliases: new Map() },
      jobs: [],
      identity: 'huge',
      input: null,
      files: new Map(),
      pool: { program: null },
      signal: never,
    });
    await expect(writing).rejects.toThrow(
      /huge\.partial could not be written: it needs 4503599\.63 GB more, but the disk has/,
    );
    expect(existsSync(join(at('huge.partial'), 'weights-1.bin'))).toBe(false);
  });
});

describe('synth', () => {
  test.each(['f16', 'q8', 'q4'])(
    'writes weights in %s that keep values in bounds, the same every time',
    async (weights) => {
      const [out, again] = [at(`tiny-${weights}`), at(`tiny-${weights}-again`)];
      await synthCommand(['tiny', out, '--weights', weights], terminal, never);
      await synthCommand(['tiny', again, '--weights', weights], terminal, never);
      for (const file of readdirSync(out))
        expect(readFileSync(join(out, file)).equals(readFileSync(join(again, file))), file).toBe(true);
      await verify(out);
      const deviation = (name: string) => {
        const values = read(out, name);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
      };
      expect(deviation('model.transformer.blocks.1.mlp.ff_out.weight') * Math.sqrt(136)).toBeCloseTo(1, 0);
      expect(deviation(embedding) * Math.sqrt(112)).toBeCloseTo(1, 0);
      expect(deviation('model.transformer.ln_f.weight')).toBeLessThan(0.05);
      expect(Math.max(...read(out, 'model.transformer.ln_f.weight'))).toBeCloseTo(1, 0);
    },
  );

  test('brings a tokenizer that encodes text byte by byte and knows the tokens of pictures', async () => {
    await synthCommand(['tiny', at('words')], terminal, never);
    const json = (file: string) => JSON.parse(readFileSync(join(at('words'), file), 'utf8')) as unknown;
    const tokenizer = new Tokenizer(json('tokenizer.json'), json('tokenizer_config.json'), json('generation_config.json'));
    const text = 'Point at the käse 7.';
    const ids = tokenizer.encode(text);
    expect(ids).toEqual([...new TextEncoder().encode(text)]);
    expect(tokenizer.decode(ids)).toBe(text);
    expect([tokenizer.tokenId('<im_patch>'), tokenizer.tokenId('<|video|>'), tokenizer.bosId]).toEqual([602, 609, 599]);
  }); // prettier-ignore

  test('refuses a model it does not know and formats that no bundle has', async () => {
    await expect(synthCommand(['gpt', at('x')], terminal, never)).rejects.toThrow(/ARCH must be one of molmo2-4b/);
    await expect(synthCommand(['tiny', at('x'), '--weights', 'f32'], terminal, never)).rejects.toThrow(/got "f32"/);
    await expect(synthCommand(['tiny'], terminal, never)).rejects.toThrow(/takes two words, got 1/);
  }); // prettier-ignore
});

describe('verify', () => {
  test('tells every problem on a line of its own', async () => {
    const out = at('broken');
    await convert(join(golden, 'checkpoint-qwen3'), out);
    const shard = readFileSync(join(out, 'weights-1.bin'));
    shard[77]! ^= 1;
    writeFileSync(join(out, 'weights-1.bin'), Buffer.concat([shard, Buffer.alloc(3)]));
    const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as { text_config: Record<string, number> };
    config.text_config['num_hidden_layers']! -= 1;
    writeFileSync(join(out, 'config.json'), JSON.stringify(config));
    rmSync(join(out, 'tokenizer.json'));
    writeFileSync(join(out, 'processor_config.json'), '{');
    notes = [];
    await expect(verify(out)).rejects.toThrow(/has \d+ problems/);
    expect(notes.some((line) => /^chunk 0 of weights-1\.bin .+ is damaged: its SHA-256/.test(line))).toBe(true);
    expect(notes).toContain(`weights-1.bin has ${shard.length + 3} bytes, the manifest says ${shard.length}.`);
    expect(notes.some((line) => /^Tensor "model\.transformer\.blocks\.\d+\..+ is not one of the model's\.$/.test(line))).toBe(true);
    expect(notes).toContain(`${out} has no tokenizer.json. Put all files of the checkpoint into one folder.`);
    expect(notes).toContain(`processor_config.json of ${out} is damaged: it is not JSON (1 bytes). Download the file again.`);
    expect(notes.every((line) => !line.includes('\n'))).toBe(true);
  }); // prettier-ignore

  test('tells a shard that is missing or cut off', async () => {
    const out = at('cut');
    await convert(join(golden, 'checkpoint-qwen3'), out);
    truncateSync(join(out, 'weights-1.bin'), 5000);
    await expect(verify(out)).rejects.toThrow(/has 1 problem\./);
    rmSync(join(out, 'weights-1.bin'));
    await expect(verify(out)).rejects.toThrow(/has 1 problem\./);
    expect(notes.join('\n')).toMatch(/chunk 0 of weights-1\.bin .*has 5000 of/);
    expect(notes.join('\n')).toMatch(/has no weights-1\.bin/);
  });

  test('refuses what is no bundle', async () => {
    await expect(verify(join(golden, 'checkpoint-qwen3'))).rejects.toThrow(/has no molmo2\.json, so it is no bundle/);
  }); // prettier-ignore
});
