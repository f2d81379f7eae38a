import { describe, expect, test } from 'vitest';
import { chunkBytes, findTensor, manifestText, parseManifest } from '../../src/weights/bundle/manifest.ts';
import { validManifest, type ManifestJson } from './bundle-manifest.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const parse = (json: unknown) => parseManifest(bytesOf(JSON.stringify(json)), 'molmo2.json of x');

/** The valid manifest with a change. */
function changed(change: (manifest: ManifestJson) => void): ManifestJson {
  const manifest = validManifest();
  change(manifest);
  return manifest;
}

describe('a manifest', () => {
  test('is read, and an alias finds the tensor that is stored', () => {
    const manifest = parse(validManifest());
    expect(manifest.shards.map(({ byteLength }) => byteLength)).toEqual([chunkBytes + 512, 294_912]);
    expect(findTensor(manifest, 'lm_head.weight')?.name).toBe('model.transformer.wte.embedding');
    expect(findTensor(manifest, 'model.transformer.ln_f.weight')?.byteOffset).toBe(chunkBytes);
    expect(findTensor(manifest, '__proto__')).toBe(null);
  });

  test('that is written is read as the same', () => {
    const manifest = parse(validManifest());
    expect(parseManifest(bytesOf(manifestText(manifest)), 'm')).toEqual(manifest);
  });

  test.each<[string, (manifest: ManifestJson) => void, RegExp]>([
    ['another format', (m) => (m.format = 'gguf'), /"format" is "gguf"/],
    ['no format', (m) => delete m.format, /"format" is missing/],
    ['a later version', (m) => (m.version = 2), /has version 2; this release reads version 1/],
    ['no shards', (m) => (m.shards = []), /"shards" is \[\]/],
    ['no tensors', (m) => (m.tensors = []), /"tensors" is \[\]/],
    ['a list of aliases', (m) => ((m.aliases as unknown) = []), /"aliases" is \[\]/],
    ['a shard in a folder above', (m) => (m.shards[0]!['file'] = '../weights.bin'), /"shards\.0\.file" is "\.\.\/weights\.bin"/],
    ['a shard with an absolute path', (m) => (m.shards[0]!['file'] = '/etc/weights.bin'), /shards\.0\.file/],
    ['a shard with a Windows path', (m) => (m.shards[0]!['file'] = 'a\\weights.bin'), /shards\.0\.file/],
    ['a shard with an address', (m) => (m.shards[0]!['file'] = 'https:weights.bin'), /shards\.0\.file/],
    ['a hidden shard', (m) => (m.shards[0]!['file'] = '.bin'), /shards\.0\.file/],
    ['two shards of a name', (m) => (m.shards[1]!['file'] = 'Weights-1.bin'), /two shards are called/],
    ['too few hashes', (m) => (m.shards[0]!['sha256'] as unknown[]).pop(), /8389120 bytes but 1 hashes/],
    ['too many hashes', (m) => (m.shards[1]!['sha256'] as unknown[]).push('d'.repeat(64)), /2 hashes/],
    ['an empty shard', (m) => Object.assign(m.shards[1]!, { byteLength: 0, sha256: [] }), /has 0 bytes/],
    ['a huge shard', (m) => (m.shards[0]!['byteLength'] = 1e15), /but 2 hashes/],
    ['an infinite shard', (m) => (m.shards[0]!['byteLength'] = '1e999'), /shards\.0\.byteLength/],
    ['a hash that is none', (m) => (m.shards[1]!['sha256'] = ['C'.repeat(64)]), /64 hexadecimal digits/],
    ['a negative offset', (m) => (m.tensors[0]!['byteOffset'] = -256), /tensors\.0\.byteOffset" is -256: must not be negative/],
    ['a fraction', (m) => (m.tensors[0]!['byteLength'] = 0.5), /tensors\.0\.byteLength/],
    ['null for a number', (m) => (m.tensors[0]!['byteLength'] = null), /tensors\.0\.byteLength/],
    ['an offset beyond all numbers', (m) => (m.tensors[0]!['byteOffset'] = 2 ** 60), /must be a whole number/],
    ['a huge shape', (m) => (m.tensors[0]!['shape'] = [2 ** 40, 4]), /tensors\.0\.shape\.0/],
    ['a shape of three axes', (m) => (m.tensors[0]!['shape'] = [2, 2, 4]), /tensors\.0\.shape/],
    ['a shape of nothing', (m) => (m.tensors[0]!['shape'] = []), /tensors\.0\.shape/],
    ['an empty axis', (m) => (m.tensors[0]!['shape'] = [0, 4]), /must be 1 or more/],
    ['a size that is too small', (m) => (m.tensors[0]!['byteLength'] = 400), /takes 8388608 bytes, the manifest says 400/],
    ['a size that is too large', (m) => (m.tensors[1]!['byteLength'] = 404), /takes 400 bytes, the manifest says 404/],
    ['an unknown number format', (m) => (m.tensors[0]!['format'] = 'q2'), /must be f32, f16, q8 or q4/],
    ['another layout', (m) => (m.tensors[2]!['layout'] = 'rows'), /is q4 in layout "rows"/],
    ['a quantised vector', (m) => Object.assign(m.tensors[1]!, { format: 'f16', byteLength: 200 }), /cannot be stored as f16/],
    ['columns that are no multiple of 4', (m) => (m.tensors[0]!['shape'] = [1024, 4095]), /cannot be stored as f16/],
    ['a shard that does not exist', (m) => (m.tensors[2]!['shard'] = 2), /lies in shard 2 of 2/],
    ['tensors that overlap', (m) => (m.tensors[1]!['byteOffset'] = chunkBytes - 256), /begins before the one listed ahead of it ends/],
    ['tensors out of order', (m) => m.tensors.reverse(), /begins before/],
    ['a tensor that leaves its shard', (m) => (m.tensors[1]!['byteOffset'] = chunkBytes + 256), /ends behind the 8389120 bytes/],
    ['a crooked offset', (m) => (m.tensors[1]!['byteOffset'] = chunkBytes + 4), /no multiple of 256/],
    ['two tensors of a name', (m) => (m.tensors[1]!['name'] = m.tensors[0]!['name']), /two tensors are called/],
    ['a name that climbs', (m) => (m.tensors[1]!['name'] = '../x'), /tensors\.1\.name/],
    ['a name with two dots', (m) => (m.tensors[1]!['name'] = 'a..b'), /tensors\.1\.name/],
    ['a name with a zero byte', (m) => (m.tensors[1]!['name'] = 'a\0'), /tensors\.1\.name/],
    ['an endless name', (m) => (m.tensors[1]!['name'] = 'a'.repeat(201)), /at most 200/],
    ['an alias to nothing', (m) => (m.aliases['lm_head.weight'] = 'toString'), /stands for "toString", which is not among/],
    ['an alias to an alias', (m) => (m.aliases['other'] = 'lm_head.weight'), /not among the tensors/],
    ['an alias of itself', (m) => (m.aliases = { a: 'a' }), /not among the tensors/],
    ['an alias that is a tensor', (m) => (m.aliases = { 'model.transformer.ln_f.weight': 'model.transformer.wte.embedding' }), /both a tensor and an alias/],
    ['an alias with a path', (m) => (m.aliases = { '../a': 'model.transformer.wte.embedding' }), /is no tensor's name/],
  ])('with %s is refused', (_, change, message) => {
    const refused = () => parse(changed(change));
    expect(refused).toThrow(message);
    expect(refused).toThrow(expect.objectContaining({ code: 'bad-bundle' }));
  }); // prettier-ignore

  test.each<[string, string | Uint8Array, RegExp]>([
    ['NaN', JSON.stringify(validManifest()).replace('"version":1', '"version":NaN'), /"version" is NaN, which JSON cannot hold/],
    ['an infinite number', JSON.stringify(validManifest()).replace('"shard":1', '"shard":1e999'), /tensors\.2\.shard/],
    ['a key twice', JSON.stringify(validManifest()).replace('"version":1', '"version":1,"vers\\u0069on":1'), /the key "version" twice/],
    ['a key twice further in', JSON.stringify(validManifest()).replace('"shard":1', '"shard":1,"shard":0'), /the key "shard" twice/],
    ['half of it missing', JSON.stringify(validManifest()).slice(0, 500), /not JSON/],
    ['no text', Uint8Array.of(0xff, 0xfe, 0x7b), /not even UTF-8/],
    ['a list', '[]', /not a JSON object/],
    ['nothing in it', '', /not JSON/],
    ['deep nesting', '['.repeat(100_000), /nested deeper than 32/],
    ['millions of values', `[${'[],'.repeat(2_000_000)}[]]`, /more than 2000000 values/],
    ['more bytes than any manifest', new Uint8Array(16 * 1024 * 1024 + 1).fill(0x20), /16777217 bytes, more than/],
    ['a prototype among the aliases', JSON.stringify(validManifest()).replace('"aliases":{', '"aliases":{"__proto__":"x",'), /alias "__proto__" stands for "x"|is no tensor's name/],
  ])('with %s is refused', (_, content, message) => {
    const bytes = typeof content === 'string' ? bytesOf(content) : content;
    expect(() => parseManifest(bytes, 'm')).toThrow(message);
    expect(() => parseManifest(bytes, 'm')).toThrow(expect.objectContaining({ code: 'bad-bundle' }));
  }); // prettier-ignore
});
