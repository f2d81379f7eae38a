// `verify`: whether a bundle is complete and undamaged.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openFiles } from '#weights/source/open-files';
import { modelConfig, processorConfig } from '../src/read-config.ts';
import { Molmo2Error } from '../src/errors.ts';
import { bundleProblems } from '../src/weights/bundle/bundle-check.ts';
import { pieceProblem } from '../src/weights/bundle/finite-pieces.ts';
import { tensorPieces } from '../src/weights/bundle/tensor-pieces.ts';
import { bundleChunkList } from '../src/weights/bundle/bundle-chunk.ts';
import type { ChunkSource } from '../src/weights/bundle/chunk-source.ts';
import { sourceChunks } from '../src/weights/open/local-bundle.ts';
import {
  chunkBytes,
  manifestFile,
  parseManifest,
  type BundleManifest,
} from '../src/weights/bundle/manifest.ts';
import type { ModelFiles } from '../src/weights/files/model-files.ts';
import { modelSource, type ModelSource } from '../src/weights/source/model-source.ts';
import { optionalJson, requiredJson } from '../src/weights/files/model-settings.ts';
import { expectedTensors } from '../src/weights/checkpoint/tensor-names.ts';
import { parseArguments } from './arguments.ts';
import { bytes, duration, pace } from './bundle/pace.ts';
import { runAll } from './bundle/run-all.ts';
import { checkTokenizer } from './check-tokenizer.ts';
import { UsageError, VerifyError } from './failure.ts';
import { hubSettings } from './hub-settings.ts';
import type { Terminal } from './terminal.ts';
import { waitNotes } from './wait-notes.ts';

const atOnce = 4;

/** Notes every problem on a line of its own. Throws VerifyError when there was one. */
export async function verifyCommand(
  args: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const { words } = parseArguments(args, {});
  const [text] = words;
  if (text === undefined || text === '' || words.length > 1)
    throw new UsageError(`verify takes one word, got ${words.length}. Write: molmo2-webgpu verify DIR|URL`);
  const startMs = performance.now();
  const onWait = waitNotes(terminal);
  const source = modelSource(text, null, hubSettings());
  const files = openFiles(source, onWait);
  const manifest = await readManifest(files, signal);
  let problems = 0;
  const tell = (problem: string) => {
    problems += 1;
    terminal.note(problem.replaceAll(/\s+/g, ' ').trim());
  };
  for (const problem of await settingsProblems(files, manifest, signal)) tell(problem);
  for (const problem of await lengthProblems(source, manifest)) tell(problem);
  const reader = sourceChunks(source, files, { policy: { onWait } });
  await checkChunks(reader, manifest, tell, terminal, signal);
  if (problems > 0) throw new VerifyError(text, problems);
  const total = manifest.shards.reduce((sum, { byteLength }) => sum + byteLength, 0);
  terminal.print(
    `${text}: ${manifest.tensors.length} tensors and ${manifest.aliases.size} aliases, ${bytes(total)}, all as they should be (${duration(performance.now() - startMs)})\n`,
  );
}

async function readManifest(files: ModelFiles, signal: AbortSignal): Promise<BundleManifest> {
  const content = await files.read(manifestFile, signal);
  if (content) return parseManifest(content, `${manifestFile} of ${files.label}`);
  throw new Molmo2Error(
    'bad-bundle',
    `${files.label} has no ${manifestFile}, so it is no bundle. Give the folder or URL that "convert" or "synth" has written.`,
  );
}

/** What is wrong with the files beside the shards, and whether the tensors are those of config.json. */
async function settingsProblems(
  files: ModelFiles,
  manifest: BundleManifest,
  signal: AbortSignal,
): Promise<string[]> {
  const problems: string[] = [];
  const json = (name: string) => requiredJson(files, name, signal);
  async function attempt<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Molmo2Error)) throw error;
      problems.push(error.message);
      return null;
    }
  }
  const config = await attempt(async () => modelConfig(await json('config.json')));
  if (config) problems.push(...bundleProblems(manifest, expectedTensors(config)));
  if (config)
    await attempt(async () => {
      const image = await json('preprocessor_config.json');
      const video = await json('video_preprocessor_config.json');
      const processor = await json('processor_config.json');
      processorConfig({ image, video, processor }, config);
    });
  const told = problems.length;
  const tokenizerJson = await attempt(() => json('tokenizer.json'));
  const tokenizerConfig = await attempt(() => json('tokenizer_config.json'));
  const generationConfig = await attempt(() => optionalJson(files, 'generation_config.json', signal));
  if (problems.length === told)
    await attempt(async () => checkTokenizer({ tokenizerJson, tokenizerConfig, generationConfig }));
  return problems;
}

/** Shards of a folder that are longer than the manifest says; shorter ones show when their chunks are read. */
async function lengthProblems(source: ModelSource, manifest: BundleManifest): Promise<string[]> {
  if (source.kind !== 'path') return [];
  const problems: string[] = [];
  for (const { file, byteLength } of manifest.shards) {
    const info = await stat(join(source.path, file)).catch(() => null);
    if (info && info.size > byteLength)
      problems.push(`${file} has ${info.size} bytes, the manifest says ${byteLength}.`);
  }
  return problems;
}

async function checkChunks(
  reader: ChunkSource,
  manifest: BundleManifest,
  tell: (problem: string) => void,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const chunks = bundleChunkList(manifest);
  const total = manifest.shards.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const shown = pace();
  const piecesOf = tensorPieces(manifest);
  const byName = new Map(manifest.tensors.map((tensor) => [tensor.name, tensor]));
  const wrong = new Set<string>();
  // One buffer for each chunk that is read at the same time, used again for the next.
  const buffers: Uint8Array<ArrayBuffer>[] = [];
  let done = 0;
  await runAll(chunks, atOnce, signal, async (chunk) => {
    const buffer = buffers.pop() ?? new Uint8Array(chunkBytes);
    try {
      const bytes = await reader.read(chunk, { signal, into: buffer.subarray(0, chunk.end - chunk.start) });
      for (const piece of piecesOf({ ...chunk, bytes })) {
        const tensor = byName.get(piece.name);
        const problem = tensor && !wrong.has(piece.name) ? pieceProblem(tensor, piece) : null;
        if (problem === null) continue;
        wrong.add(piece.name); // one line for each tensor
        tell(`${chunk.file}: ${problem}.`);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Molmo2Error)) throw error;
      tell(error.message);
    } finally {
      buffers.push(buffer);
    }
    done += chunk.end - chunk.start;
    const line = shown.line('Verifying', done, total);
    if (line !== null) terminal.progress(line);
  });
}
