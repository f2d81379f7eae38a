// `convert`: a checkpoint becomes a bundle.

import { version } from '../package.json';
import { expectedTensors } from '../src/weights/checkpoint/tensor-names.ts';
import { bundleOptions } from './bundle/options.ts';
import { bytes, duration, pace } from './bundle/pace.ts';
import { ownProgram } from './bundle/program.ts';
import { checkOut, writeBundle } from './bundle/write-bundle.ts';
import { conversion, conversionOfUnequal } from './convert/conversion.ts';
import { checkpointFiles } from './convert/checkpoint-files.ts';
import { openSource } from './convert/source.ts';
import { probableTwins } from './convert/twins.ts';
import type { Terminal } from './terminal.ts';
import { waitNotes } from './wait-notes.ts';

// More requests at once than threads keep a connection of any latency busy; a disk needs fewer.
const jobsPerThread = { folder: 2, hub: 4 } as const;

const stages = { check: 'Checking what is there', write: 'Converting' } as const;

/** Runs `convert` with the arguments behind it. Throws what `failureOf` understands, or the signal's reason. */
export async function convertCommand(
  args: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const { source: text, out, weights } = bundleOptions(args, 'convert');
  await checkOut(out, text);
  const startMs = performance.now();
  const onWait = waitNotes(terminal);
  terminal.progress(`Reading ${text}`);
  const { checkpoint, tensors, place, identity } = await openSource(text, signal, onWait);
  const shapes = expectedTensors(checkpoint.config);
  const files = await checkpointFiles(checkpoint.files, signal);
  const twins = await probableTwins(checkpoint.files, shapes, tensors, weights, signal);
  const shown = pace();
  const written = await writeBundle({
    ...conversion(shapes, tensors, weights, twins),
    more: (digest) => conversionOfUnequal(shapes, tensors, weights, twins, digest),
    out,
    identity: JSON.stringify({ convert: version, weights, twins: [...twins], identity }),
    input: place,
    files,
    pool: { program: ownProgram(), jobsPerThread: jobsPerThread[place.kind], onWait },
    onProgress(done, total, stage) {
      const line = shown.line(stages[stage], done, total);
      if (line !== null) terminal.progress(line);
    },
    signal,
  });
  for (const notice of checkpoint.notices) terminal.note(`note: ${notice}`);
  if (written.resumedBytes > 0)
    terminal.note(`note: went on behind ${bytes(written.resumedBytes)} that an earlier run had converted.`);
  for (const [name, other] of written.plan.aliases)
    terminal.note(`note: ${name} equals ${other} and is stored once.`);
  terminal.note(
    `${out}: ${bytes(written.byteLength)} in ${weights}, ${duration(performance.now() - startMs)}`,
  );
}
