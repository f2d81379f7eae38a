// molmo2.json, the manifest of a bundle: which tensors lie where in which shard, and the hash of every chunk.
// It comes from strangers and decides what is allocated, so everything in it is checked before anything else is read.

import * as v from 'valibot';
import { Molmo2Error } from '../../errors.ts';
import { isQuantized, matrixBytes, type WeightFormat } from '../formats/formats.ts';
import { strictJson } from '../files/strict-json.ts';

export const manifestFile = 'molmo2.json';
export const manifestFormat = 'molmo2-bundle';
export const manifestVersion = 1;
/** Bytes that share a hash; the last chunk of a shard may be shorter. */
export const chunkBytes = 8 * 1024 * 1024;
/** Tensors begin at multiples of this many bytes of their shard. */
export const tensorAlignment = 256;
export const largestManifest = 16 * 1024 * 1024;

/** A file of the bundle. */
export interface BundleShard {
  readonly file: string;
  readonly byteLength: number;
  /** Hexadecimal SHA-256 of each chunk of `chunkBytes`. */
  readonly sha256: readonly string[];
}

export interface BundleTensor {
  /** The reference's own name. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly format: WeightFormat;
  /** `tile64` for formats with scales (formats.ts), else `rows`. */
  readonly layout: 'rows' | 'tile64';
  /** Index into `shards`. */
  readonly shard: number;
  readonly byteOffset: number;
  readonly byteLength: number;
}

export interface BundleManifest {
  readonly shards: readonly BundleShard[];
  /** In the order in which they lie: by shard, then by offset. */
  readonly tensors: readonly BundleTensor[];
  /** Tensors that are equal to a stored one: their name -> the stored one's. */
  readonly aliases: ReadonlyMap<string, string>;
}

export function layoutOf(format: WeightFormat): BundleTensor['layout'] {
  return isQuantized(format) ? 'tile64' : 'rows';
}

/** Bytes of a tensor in stored form; a vector counts as a matrix of one row. */
export function tensorBytes(format: WeightFormat, shape: readonly number[]): number {
  const columns = shape.at(-1) ?? 1;
  return matrixBytes(format, shape.length < 2 ? 1 : (shape[0] ?? 1), columns).byteLength;
}

const hugeSize = 2 ** 31;
const count = v.pipe(
  v.number(),
  v.safeInteger('must be a whole number'),
  v.minValue(0, 'must not be negative'),
);
const size = v.pipe(
  count,
  v.minValue(1, 'must be 1 or more'),
  v.maxValue(hugeSize, `must be at most ${hugeSize}`),
);
// No separators and no leading dot: a name can leave neither its folder nor its URL prefix.
const shardName = v.pipe(
  v.string(),
  v.maxLength(100, 'must have at most 100 characters'),
  v.regex(
    /^[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*\.bin$/,
    'must be a plain file name that ends in .bin',
  ),
);
const tensorName = v.pipe(
  v.string(),
  v.maxLength(200, 'must have at most 200 characters'),
  v.regex(/^[A-Za-z0-9_]+([.-][A-Za-z0-9_]+)*$/, 'must be letters, digits, _, - and single dots'),
);

const manifestSchema = v.object({
  shards: v.pipe(
    v.array(
      v.object({
        file: shardName,
        byteLength: count,
        sha256: v.array(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'))),
      }),
    ),
    v.minLength(1, 'must name at least one shard'),
  ),
  tensors: v.pipe(
    v.array(
      v.object({
        name: tensorName,
        shape: v.pipe(v.array(size), v.minLength(1), v.maxLength(2)),
        format: v.picklist(['f32', 'f16', 'q8', 'q4'], 'must be f32, f16, q8 or q4'),
        layout: v.picklist(['rows', 'tile64'], 'must be rows or tile64'),
        shard: count,
        byteOffset: count,
        byteLength: count,
      }),
    ),
    v.minLength(1, 'must name at least one tensor'),
  ),
  // Entries are looked at one by one: a record schema would let keys such as __proto__ pass unseen.
  aliases: v.custom<Record<string, unknown>>(isObject, 'must be an object'),
});

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads a manifest; `label` names it in messages. Throws `bad-bundle` for anything that is not exactly a bundle of this
 * version: afterwards every range lies in its shard, ranges do not overlap and every size fits its shape and format.
 */
export function parseManifest(bytes: Uint8Array, label: string): BundleManifest {
  const refuse = (what: string, cause?: unknown): never => {
    throw new Molmo2Error(
      'bad-bundle',
      `${label} cannot be used: ${what}. Fetch or convert the model again.`,
      cause === undefined ? undefined : { cause },
    );
  };
  if (bytes.byteLength > largestManifest)
    refuse(`it has ${bytes.byteLength} bytes, more than the ${largestManifest} of any manifest`);
  const json = strictJson(bytes, refuse);
  if (!isObject(json)) refuse('it is not a JSON object');
  checkVersion(json as Record<string, unknown>, label, refuse);
  const result = v.safeParse(manifestSchema, json);
  if (!result.success) return refuse(issueText(result.issues[0]));
  const { shards, tensors, aliases } = result.output;
  checkShards(shards, refuse);
  checkTensors(tensors, shards, refuse);
  return { shards, tensors, aliases: checkedAliases(aliases, tensors, refuse) };
}

type Check = (what: string) => never;

function checkVersion(json: Record<string, unknown>, label: string, refuse: Check): void {
  if (json['format'] !== manifestFormat)
    refuse(`its "format" is ${short(json['format'])} instead of "${manifestFormat}"`);
  if (json['version'] === manifestVersion) return;
  throw new Molmo2Error(
    'bad-bundle',
    `${label} has version ${short(json['version'])}; this release reads version ${manifestVersion}. Use the release that wrote it, or convert the model again.`,
  );
}

const short = (value: unknown): string => (JSON.stringify(value) ?? 'missing').slice(0, 80);

function issueText(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? 'the whole file';
  return `"${path}" is ${short(issue.input)}: ${issue.message.slice(0, 160)}`;
}

function checkShards(shards: readonly BundleShard[], refuse: Check): void {
  const files = new Set<string>();
  for (const { file, byteLength, sha256 } of shards) {
    // Some disks see no difference between capital and small letters.
    if (files.has(file.toLowerCase())) refuse(`two shards are called "${file}"`);
    files.add(file.toLowerCase());
    if (byteLength === 0 || Math.ceil(byteLength / chunkBytes) !== sha256.length)
      refuse(
        `shard "${file}" has ${byteLength} bytes but ${sha256.length} hashes, one for each ${chunkBytes} bytes`,
      );
  }
}

function checkTensors(tensors: readonly BundleTensor[], shards: readonly BundleShard[], refuse: Check): void {
  const names = new Set<string>();
  let shardBefore = 0;
  let endBefore = 0;
  for (const tensor of tensors) {
    const { name, shard: index, byteOffset, byteLength } = tensor;
    if (names.has(name)) refuse(`two tensors are called "${name}"`);
    names.add(name);
    checkForm(tensor, refuse);
    const shard = shards[index] ?? refuse(`tensor "${name}" lies in shard ${index} of ${shards.length}`);
    if (index < shardBefore || (index === shardBefore && byteOffset < endBefore))
      refuse(`tensor "${name}" begins before the one listed ahead of it ends`);
    if (byteOffset % tensorAlignment !== 0)
      refuse(`tensor "${name}" begins at byte ${byteOffset}, which is no multiple of ${tensorAlignment}`);
    if (byteLength > shard.byteLength - byteOffset)
      refuse(`tensor "${name}" ends behind the ${shard.byteLength} bytes of shard "${shard.file}"`);
    shardBefore = index;
    endBefore = byteOffset + byteLength;
  }
}

/** Shape, format, layout and size belong together. */
function checkForm({ name, shape, format, layout, byteLength }: BundleTensor, refuse: Check): void {
  const columns = shape.at(-1) ?? 0;
  if (shape.length === 1 ? format !== 'f32' : columns % 4 !== 0)
    refuse(`tensor "${name}" [${shape.join(', ')}] cannot be stored as ${format}`);
  if (layout !== layoutOf(format)) refuse(`tensor "${name}" is ${format} in layout "${layout}"`);
  const expected = tensorBytes(format, shape);
  if (byteLength !== expected)
    refuse(
      `tensor "${name}" [${shape.join(', ')}] in ${format} takes ${expected} bytes, the manifest says ${byteLength}`,
    );
}

function checkedAliases(
  aliases: Readonly<Record<string, unknown>>,
  tensors: readonly BundleTensor[],
  refuse: Check,
): ReadonlyMap<string, string> {
  const stored = new Set(tensors.map(({ name }) => name));
  return new Map(
    Object.entries(aliases).map(([name, target]) => {
      if (!v.is(tensorName, name)) refuse(`the alias ${short(name)} is no tensor's name`);
      if (stored.has(name)) refuse(`"${name}" is both a tensor and an alias`);
      // An alias of an alias is refused too, so there are no loops.
      if (typeof target !== 'string' || !stored.has(target))
        return refuse(`the alias "${name}" stands for ${short(target)}, which is not among the tensors`);
      return [name, target];
    }),
  );
}

/** The stored tensor that `name` means, or null. */
export function findTensor(manifest: BundleManifest, name: string): BundleTensor | null {
  const stored = manifest.aliases.get(name) ?? name;
  return manifest.tensors.find((tensor) => tensor.name === stored) ?? null;
}

/** The text of molmo2.json. */
export function manifestText({ shards, tensors, aliases }: BundleManifest): string {
  const lines = (list: readonly unknown[]) => list.map((one) => `  ${JSON.stringify(one)}`).join(',\n');
  return `{
"format": "${manifestFormat}",
"version": ${manifestVersion},
"shards": [
${lines(shards)}
],
"tensors": [
${lines(tensors)}
],
"aliases": ${JSON.stringify(Object.fromEntries(aliases))}
}
`;
}
