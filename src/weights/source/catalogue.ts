// The catalogue of models (weights.manifest.json): the names a user can write, where each comes from, and what it takes.

import * as v from 'valibot';
import json from '../../../weights.manifest.json' with { type: 'json' };

const bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const weightsName = v.picklist(['f32', 'f16', 'q8', 'q4']);

const sourceSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('embedded'), folder: v.string() }),
  v.strictObject({
    kind: v.literal('hub'),
    /** owner/name on the model hub. */
    repository: v.pipe(v.string(), v.regex(/^[\w.-]+\/[\w.-]+$/)),
    revision: v.string(),
    /** Bytes of the official checkpoint's weights. */
    checkpointBytes: bytes,
  }),
]);

const variantSchema = v.strictObject({
  /** Bytes of the weights in this form, as a bundle stores them. */
  storedBytes: bytes,
  /** GPU memory of the weights. */
  gpuBytes: bytes,
  /** SHA-256 of the bundle's molmo2.json where a published one is known. */
  manifestSha256: v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
});

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** What a plan needs of the shapes (weights/planned-sizes.ts). */
const sizesSchema = v.strictObject({
  text: v.strictObject({
    hiddenSize: count,
    intermediateSize: count,
    numLayers: count,
    numHeads: count,
    numKvHeads: count,
    headDim: count,
    maxPositions: count,
  }),
  vit: v.strictObject({
    hiddenSize: count,
    intermediateSize: count,
    numHeads: count,
    headDim: count,
    patchSize: count,
    numPatches: count,
  }),
  adapter: v.strictObject({ vitLayers: v.pipe(v.array(bytes), v.readonly()) }),
});

const modelSchema = v.strictObject({
  about: v.string(),
  source: sourceSchema,
  /** Values in the checkpoint's file. */
  parameters: bytes,
  /** GPU memory of keys and values for every 1,000 tokens, in the format that the default weights are used with. */
  kvBytesPer1000Tokens: bytes,
  /** What `load` takes when nothing else is asked for. */
  defaultWeights: weightsName,
  variants: v.record(weightsName, variantSchema),
  sizes: sizesSchema,
});

/** What weights.manifest.json may hold. */
export const catalogueSchema = v.strictObject({ models: v.record(v.string(), modelSchema) });

export type CatalogueModel = v.InferOutput<typeof modelSchema>;

// A test parses the file with the schema; a page does not do it again.
const catalogue = json as unknown as v.InferOutput<typeof catalogueSchema>;

/** Names of the catalogue. */
export const modelNames: readonly string[] = Object.keys(catalogue.models);

export function catalogueModel(name: string): CatalogueModel | null {
  return Object.hasOwn(catalogue.models, name) ? (catalogue.models[name] ?? null) : null;
}
