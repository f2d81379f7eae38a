import { describe, expect, test } from 'vitest';
import { archFiles, archNames } from '../../cli/synth/arch.ts';
import { modelConfig } from '../../src/read-config.ts';
import { bundleProblems } from '../../src/weights/bundle/bundle-check.ts';
import { planBundle, shardBytes, type BundlePlan } from '../../src/weights/bundle/bundle-plan.ts';
import { chunkBytes, manifestText, parseManifest } from '../../src/weights/bundle/manifest.ts';
import { expectedTensors } from '../../src/weights/checkpoint/tensor-names.ts';

/** The manifest of a plan whose chunks all have the same hash. */
function manifestOf({ shards, tensors, aliases }: BundlePlan) {
  const text = manifestText({
    shards: shards.map((shard) => ({
      ...shard,
      sha256: Array.from({ length: Math.ceil(shard.byteLength / chunkBytes) }, () => '0'.repeat(64)),
    })),
    tensors,
    aliases,
  });
  return parseManifest(new TextEncoder().encode(text), 'planned');
}

const shapesOf = (name: (typeof archNames)[number]) =>
  expectedTensors(modelConfig(archFiles(name)['config.json']));

describe('the plan of a bundle', () => {
  test.each(archNames.flatMap((arch) => (['f16', 'q8', 'q4'] as const).map((weights) => [arch, weights] as const)))(
    'of %s in %s is one that can be read, with all tensors in the order of the model',
    (arch, weights) => {
      const shapes = shapesOf(arch);
      const plan = planBundle(shapes, weights);
      expect(plan.tensors.map(({ name }) => name)).toEqual([...shapes.keys()]);
      const manifest = manifestOf(plan);
      expect(bundleProblems(manifest, shapes)).toEqual([]);
      for (const [i, { byteLength }] of plan.shards.entries())
        if (byteLength > shardBytes) expect(plan.tensors.filter(({ shard }) => shard === i)).toHaveLength(1);
    },
  ); // prettier-ignore

  test('of the 8B in f16 gives a tensor that is larger than a shard one of its own', () => {
    const plan = planBundle(shapesOf('molmo2-8b'), 'f16');
    expect(plan.shards[0]?.byteLength).toBe(151936 * 4096 * 2);
    expect(plan.tensors[1]).toMatchObject({ name: 'model.transformer.wte.new_embedding', shard: 1, byteOffset: 0 });
  }); // prettier-ignore

  test('holds what the released models are known to have', () => {
    const counts = archNames.map((arch) => {
      const shapes = [...shapesOf(arch).values()];
      return [arch, shapes.length, shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b), 0)];
    });
    expect(counts.slice(0, 3)).toEqual([
      ['molmo2-4b', 706, 4_850_869_200],
      ['molmo2-8b', 706, 8_661_703_120],
      ['molmo2-o-7b', 674, 7_760_786_896],
    ]);
  });

  test('leaves aliases out and puts late tensors behind all others', () => {
    const shapes = shapesOf('tiny');
    const head = 'lm_head.weight';
    const aliased = planBundle(shapes, 'q8', {
      aliases: new Map([[head, 'model.transformer.wte.embedding']]),
    });
    expect(bundleProblems(manifestOf(aliased), shapes)).toEqual([]);
    const late = planBundle(shapes, 'q8', { last: new Set([head]) });
    expect(late.tensors.slice(0, -1)).toEqual(aliased.tensors);
    expect(late.tensors.at(-1)).toMatchObject({ name: head, shard: 1, byteOffset: 0 });
  });

  test('that lacks tensors, has others or other shapes is told apart from the model', () => {
    const shapes = new Map(shapesOf('tiny'));
    const manifest = manifestOf(planBundle(shapes, 'q4'));
    shapes.set('model.new', [4]);
    shapes.delete('lm_head.weight');
    shapes.set('model.transformer.ln_f.weight', [116]);
    expect(bundleProblems(manifest, shapes)).toEqual([
      'Tensor "model.transformer.ln_f.weight" is [112], but config.json asks for [116].',
      'Tensor "model.new" is missing.',
      'Tensor "lm_head.weight" is not one of the model\'s.',
    ]);
  });
});
