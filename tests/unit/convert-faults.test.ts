// What loading would refuse is refused by `convert` and `verify`, in the same words, and leaves nothing behind.

import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFiles } from '#weights/source/open-files';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { convertCommand } from '../../cli/convert-command.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { verifyCommand } from '../../cli/verify-command.ts';
import { Tokenizer } from '../../src/text/tokenizer.ts';
import { checkFinite, firstNotFinite } from '../../src/weights/checkpoint/finite-values.ts';
import { readSettings } from '../../src/weights/files/model-settings.ts';
import { chunkBytes, findTensor, parseManifest } from '../../src/weights/bundle/manifest.ts';
import { matrixBytes } from '../../src/weights/formats/formats.ts';
import { editedWeights } from './checkpoint-folder.ts';

const golden = 'tests/fixtures/golden/checkpoint-olmo';
const never = new AbortController().signal;
let folder: string;
let notes: string[];
const at = (name: string) => join(folder, name);

const terminal: Terminal = {
  print: () => {},
  note: (line) => notes.push(line),
  progress: () => {},
  flush: async () => {},
  broken: never,
};

beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'molmo2-convert-faults-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => (notes = []));

const convert = (source: string, out: string, weights = 'q8') =>
  convertCommand([source, out, '--weights', weights], terminal, never);
const verify = (name: string) => verifyCommand([name], terminal, never);

function expectNothing(out: string): void {
  expect([existsSync(out), existsSync(`${out}.partial`)]).toEqual([false, false]);
}

let copies = 0;

/** A copy of the checkpoint, for changes. */
function copy(): string {
  const path = at(`source-${copies++}`);
  cpSync(golden, path, { recursive: true });
  return path;
}

/** A copy with one F32 value changed. */
function withValue(name: string, element: number, value: number): string {
  const source = copy();
  const file = join(source, 'model.safetensors');
  const bytes = readFileSync(file);
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, end)) as Record<string, { data_offsets: number[] }>;
  bytes.writeFloatLE(value, end + header[name]!.data_offsets[0]! + 4 * element);
  writeFileSync(file, bytes);
  return source;
}

describe('weights that are not finite', () => {
  test.each([
    ['model.transformer.ln_f.weight', 0, NaN, 'NaN'],
    ['model.transformer.blocks.1.attn_norm.weight', 7, Infinity, 'Infinity'],
    ['model.vision_backbone.image_vit.patch_embedding.bias', 3, -Infinity, '-Infinity'],
    ['model.vision_backbone.image_vit.positional_embedding', 100, NaN, 'NaN'],
    ['model.vision_backbone.image_vit.patch_embedding.weight', 5, Infinity, 'Infinity'],
    ['lm_head.weight', 96 * 130 + 2, NaN, 'NaN'],
    ['model.transformer.wte.embedding', 96 * 300, NaN, 'NaN'],
  ])('end the conversion: %s, element %d is %d', async (name, element, value, shown) => {
    const source = withValue(name, element, value);
    for (const weights of ['f16', 'q8', 'q4']) {
      const converting = convert(source, at('never'), weights);
      await expect(converting).rejects.toMatchObject({ name: 'Molmo2Error', code: 'bad-checkpoint' });
      await expect(converting).rejects.toThrow(
        `model.safetensors: tensor "${name}" holds ${shown} (element ${element}). Download the file again.`,
      );
      expectNothing(at('never'));
    }
  });

  test('of a tensor that the model does not use are nobody’s business', async () => {
    const source = copy();
    const weights = await editedWeights((entries, end) => {
      entries['model.unused'] = { dtype: 'F32', shape: [2], data_offsets: [end, end + 8] };
      entries['model.mask'] = { dtype: 'BOOL', shape: [8], data_offsets: [end + 8, end + 16] };
    }, 16);
    weights.set(new Uint8Array(Float32Array.of(NaN, 1).buffer), weights.byteLength - 16);
    writeFileSync(join(source, 'model.safetensors'), weights);
    await convert(source, at('unused-q8'));
    await verify(at('unused-q8'));
  });

  /** Changes stored bytes of a bundle, and its manifest with them. */
  function patched(out: string, name: string, patch: (bytes: Buffer, codeBytes: number) => void): void {
    const manifest = parseManifest(readFileSync(join(out, 'molmo2.json')), out);
    const tensor = findTensor(manifest, name)!;
    const file = join(out, manifest.shards[tensor.shard]!.file);
    const shard = readFileSync(file);
    const [rows = 0, columns = 0] = tensor.shape;
    patch(
      shard.subarray(tensor.byteOffset, tensor.byteOffset + tensor.byteLength),
      matrixBytes(tensor.format, rows, columns).codeBytes,
    );
    writeFileSync(file, shard);
    const json = JSON.parse(readFileSync(join(out, 'molmo2.json'), 'utf8')) as {
      shards: { sha256: string[] }[];
    };
    const chunks = json.shards[tensor.shard]!.sha256;
    chunks.forEach((_, i) => {
      const chunk = shard.subarray(i * chunkBytes, (i + 1) * chunkBytes);
      chunks[i] = createHash('sha256').update(chunk).digest('hex');
    });
    writeFileSync(join(out, 'molmo2.json'), JSON.stringify(json));
  }

  test.each<[string, string, (bytes: Buffer, codeBytes: number) => void, string]>([
    ['f16', 'model.transformer.ln_f.weight', (bytes) => bytes.writeFloatLE(NaN, 20), 'holds NaN (element 5)'],
    ['q4', 'model.vision_backbone.image_vit.positional_embedding', (bytes) => bytes.writeFloatLE(-Infinity, 400), 'holds -Infinity (element 100)'],
    ['f16', 'lm_head.weight', (bytes) => bytes.writeUInt16LE(0x7c00, 14), 'holds Infinity (element 7)'],
    ['q8', 'model.vision_backbone.image_projector.w1.weight', (bytes) => bytes.writeUInt16LE(0xfe01, 2), 'holds NaN (element 1)'],
    ['q8', 'lm_head.weight', (bytes, codeBytes) => bytes.writeUInt16LE(0x7e00, codeBytes + 6), 'has a scale that is NaN (scale 3)'],
    ['q4', 'lm_head.weight', (bytes, codeBytes) => bytes.writeUInt16LE(0xfc00, codeBytes), 'has a scale that is -Infinity (scale 0)'],
  ])('in a bundle of %s whose hashes are right show in verify: %s', async (weights, name, patch, words) => {
    const out = at(`patched-${copies++}`);
    await convert(golden, out, weights);
    await verify(out);
    patched(out, name, patch);
    notes = [];
    await expect(verify(out)).rejects.toThrow(/has 1 problem\./);
    expect(notes).toEqual([`weights-1.bin: tensor "${name}" ${words}.`]);
  }); // prettier-ignore

  test.each<[readonly number[], number]>([
    [[], -1],
    [[1, -2, 3.4028234663852886e38, -0], -1],
    [[NaN], 0],
    [[1, Infinity, NaN], 1],
    [[1, 2, -Infinity, Infinity], 2],
  ])('%o: the first is at %d', (values, index) => {
    expect(firstNotFinite(Float32Array.from(values))).toBe(index);
    const check = () => checkFinite(Float32Array.from(values), { file: 'f', name: 't' }, 10);
    if (index < 0) check();
    else expect(check).toThrow(`f: tensor "t" holds ${values[index]} (element ${10 + index})`);
  });
});

type Json = Record<string, unknown>;

/** What loading says of the small files. */
async function loading(path: string): Promise<string | null> {
  try {
    const settings = await readSettings(openFiles({ kind: 'path', label: path, path }));
    new Tokenizer(settings.tokenizerJson, settings.tokenizerConfig, settings.generationConfig);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('small files that loading refuses', () => {
  const edits: [string, string, (json: Json) => unknown][] = [
    ['another kind of tokenizer', 'tokenizer.json', (json) => ({ ...json, model: { ...(json['model'] as object), type: 'Unigram' } })],
    ['a tokenizer without its tokens', 'tokenizer.json', (json) => ({ ...json, added_tokens: [] })],
    ['a tokenizer without a decoder', 'tokenizer.json', (json) => ({ ...json, decoder: null })],
    ['a list for a tokenizer', 'tokenizer.json', () => []],
    ['a tokenizer without an end', 'tokenizer_config.json', (json) => ({ ...json, eos_token: '<nothing>', bos_token: '<nothing>' })],
    ['a word for an end', 'generation_config.json', (json) => ({ ...json, eos_token_id: 'stop' })],
    ['another architecture', 'config.json', (json) => ({ ...json, model_type: 'llava' })],
    ['crops that are no squares', 'preprocessor_config.json', (json) => ({ ...json, size: { height: 2, width: 1 } })],
  ]; // prettier-ignore

  test.each(edits)('%s (%s) ends convert and verify with the line of ask', async (_, file, edit) => {
    const source = copy();
    const path = join(source, file);
    const before = existsSync(path) ? readFileSync(path, 'utf8') : '{}';
    const after = JSON.stringify(edit(JSON.parse(before) as Json));
    writeFileSync(path, after);
    const line = await loading(source);
    expect(line).not.toBe(null);
    // Before any weight is read: there is none.
    const weights = readFileSync(join(source, 'model.safetensors'));
    const end = 8 + Number(weights.readBigUInt64LE(0));
    writeFileSync(join(source, 'model.safetensors'), weights.subarray(0, end));
    await expect(convert(source, at('refused'))).rejects.toThrow(line!);
    expectNothing(at('refused'));
    const out = at(`edited-${copies++}`);
    await convert(golden, out);
    writeFileSync(join(out, file), after);
    notes = [];
    await expect(verify(out)).rejects.toThrow(/has \d+ problem/);
    expect(notes).toContain(line!.replaceAll(source, out));
  });

  test.each(['config.json', 'tokenizer.json', 'tokenizer_config.json', 'processor_config.json'])(
    'a byte order mark in front of %s is none of them',
    async (file) => {
      const source = copy();
      const content = readFileSync(join(source, file));
      writeFileSync(join(source, file), Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), content]));
      expect(await loading(source)).toBe(null);
      const out = at(`marked-${copies++}`);
      await convert(source, out);
      await verify(out);
      expect(await loading(out)).toBe(null);
    },
  );
});
