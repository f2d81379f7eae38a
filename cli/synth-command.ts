// `synth`: a bundle of random weights in the true shapes of a released model.

import { modelConfig } from '../src/read-config.ts';
import { planBundle } from '../src/weights/bundle/bundle-plan.ts';
import { expectedTensors } from '../src/weights/checkpoint/tensor-names.ts';
import { bundleOptions } from './bundle/options.ts';
import { bytes, duration, pace } from './bundle/pace.ts';
import { ownProgram } from './bundle/program.ts';
import { writeBundle } from './bundle/write-bundle.ts';
import { UsageError } from './failure.ts';
import { archFiles, archNames, archOf } from './synth/arch.ts';
import { fillJobs } from './synth/fill-jobs.ts';
import { tokenizerFiles } from './synth/tokenizer-files.ts';
import type { Terminal } from './terminal.ts';

const seed = 1;

/** Runs `synth` with the arguments behind it. Throws what `failureOf` understands, or the signal's reason. */
export async function synthCommand(
  args: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const { source, out, weights } = bundleOptions(args, 'synth');
  const name = archNames.find((one) => one === source);
  if (!name) throw new UsageError(`ARCH must be one of ${archNames.join(', ')}; got "${source}".`);
  const startMs = performance.now();
  const json = { ...archFiles(name), ...tokenizerFiles(name) };
  const aliases: [string, string][] = archOf(name).tiedHead
    ? [['lm_head.weight', 'model.transformer.wte.embedding']]
    : [];
  const shapes = expectedTensors(modelConfig(json['config.json']));
  const plan = planBundle(shapes, weights, { aliases: new Map(aliases) });
  const shown = pace();
  const encoder = new TextEncoder();
  const written = await writeBundle({
    plan,
    jobs: fillJobs(plan, seed),
    out,
    identity: JSON.stringify({ synth: name, weights, seed }),
    input: null,
    files: new Map(
      Object.entries(json).map(([file, value]) => [file, encoder.encode(JSON.stringify(value))]),
    ),
    pool: { program: ownProgram() },
    onProgress(done, total) {
      const line = shown.line('Writing', done, total);
      if (line !== null) terminal.progress(line);
    },
    signal,
  });
  terminal.note(
    `${out}: ${bytes(written.byteLength)} of random ${weights} weights, ${duration(performance.now() - startMs)}`,
  );
}
