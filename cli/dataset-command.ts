// `dataset`: questions with right answers become training data, or a file of another format.

import { checkReplaceable, writeFolder } from '../eval/dataset/write-folder.ts';
import { fitting, textAt } from '../eval/dataset/convert-questions.ts';
import { withUniqueIds, type PlannedFile } from '../eval/dataset/dataset-plan.ts';
import type { Doubt } from '../eval/dataset/doubts.ts';
import { makeDataset, type Dataset } from '../eval/dataset/make-dataset.ts';
import { splitNames } from '../eval/dataset/splits.ts';
import { motFolder } from '../eval/dataset/mot-folder.ts';
import { version } from '../package.json';
import { Molmo2Error } from '../src/index.ts';
import { refuseClosedOutput } from './closed-output.ts';
import { doubtLines, fileLines, splitLines, statisticsLines } from './dataset-lines.ts';
import { datasetOptions, type DatasetRun } from './dataset-options.ts';
import { WriteError } from './failure.ts';
import { checkOutputs } from './output-files.ts';
import { openQuestions, type OpenedQuestions, type OpenOptions } from './questions/open-questions.ts';
import type { Terminal } from './terminal.ts';
import { checkWritable, writeFileWhole } from './write-file.ts';

type MakeRun = Extract<DatasetRun, { kind: 'make' }>;
type ConvertRun = Extract<DatasetRun, { kind: 'convert' }>;

/** Runs `dataset` with the arguments behind it. Throws what `failureOf` understands, or the signal's reason. */
export async function datasetCommand(
  args: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const run = datasetOptions(args);
  refuseClosedOutput();
  await (run.kind === 'make' ? make(run, terminal, signal) : convert(run, terminal, signal));
}

const lines = (list: readonly string[]) => list.map((line) => `${line}\n`).join('');

/** Opens what was named, and tells what should be known of it. */
async function opened(
  paths: readonly string[],
  options: OpenOptions,
  terminal: Terminal,
): Promise<readonly OpenedQuestions[]> {
  const found: OpenedQuestions[] = [];
  for (const path of paths) found.push(await openQuestions(path, options));
  for (const { notes } of found) for (const note of notes) terminal.note(`note: ${note}`);
  return found;
}

const howTo = ({ format, media }: DatasetRun, signal: AbortSignal): OpenOptions => ({
  ...(format && { format }),
  ...(media !== null && { mediaFolder: media }),
  signal,
});

async function make(run: MakeRun, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const { out, dropLeaks, shares, seed, licence, source } = run;
  await checkReplaceable(out);
  const found = await opened(run.inputs, howTo(run, signal), terminal);
  const against = await opened(run.against, { signal }, terminal);
  const inputs = found.map(({ name, files, questions }) => ({
    name,
    format: [...new Set(files.map(({ format }) => format))].join(', '),
    questions: questions.length,
  }));
  const dataset = await makeDataset(
    found.flatMap(({ questions }) => questions),
    {
      against: against.flatMap(({ questions }) => questions),
      about: { madeBy: `molmo2-webgpu ${version}`, licence, source, seed, inputs },
      ...{ dropLeaks, shares },
    },
    { onProgress: (what, done, total) => terminal.progress(`${what}: ${done} of ${total}`), signal },
  );
  if (dataset.plan.splits.length === 0)
    throw new Molmo2Error(
      'bad-dataset',
      `Of ${dataset.leftOut} questions none is left. Give others, or leave out --drop-leaks.`,
    );
  tellFound(dataset, run, terminal);
  for (const [i, name] of splitNames.entries())
    if ((shares[i] ?? 0) > 0 && !dataset.plan.splits.some((split) => split.name === name))
      terminal.note(
        `note: ${name} gets nothing: all that is asked about belongs together, or is too little.`,
      );
  if (run.strict) refuseDoubts(dataset.doubts);
  if (run.dryRun)
    return terminal.note(`Nothing was written: --dry-run. ${told(dataset.plan.files)} for ${out}.`);
  await write(run, dataset.plan.files, terminal, signal);
}

const told = (files: readonly PlannedFile[]) =>
  `${files.length} files, ${files.reduce((sum, { byteLength }) => sum + byteLength, 0)} bytes`;

function tellFound({ plan, statistics, doubts, leftOut }: Dataset, run: MakeRun, terminal: Terminal): void {
  if (run.json) {
    const splits = plan.splits.map(({ name, questions, rows }) => ({
      name,
      questions: questions.length,
      rows,
    }));
    const files = plan.files.map(({ file, byteLength, sha256 }) => ({ file, byteLength, sha256 }));
    return terminal.print(
      `${JSON.stringify({ out: run.out, statistics, splits, leftOut, doubts, files })}\n`,
    );
  }
  const found = [...statisticsLines(statistics), ...splitLines(plan.splits)];
  terminal.print(lines(run.dryRun ? [...found, '', ...fileLines(plan.files)] : found));
  for (const line of doubtLines(doubts)) terminal.note(line);
}

/** What is wrong for certain, and would be learned. */
const grave: ReadonlySet<Doubt['kind']> = new Set(['leak', 'contradiction', 'wrong-size', 'outside']);

function refuseDoubts(doubts: readonly Doubt[]): void {
  const found = doubts.filter(({ kind }) => grave.has(kind));
  const [first] = found;
  if (!first) return;
  throw new Molmo2Error(
    'bad-dataset',
    `Nothing was written: ${found.length} ${found.length === 1 ? 'doubt' : 'doubts'}, the first: ${first.text} Correct the files, or leave out --strict.`,
  );
}

/** Writes the folder. Throws WriteError where the disk refuses. */
async function write(
  { out, link }: Pick<DatasetRun, 'link'> & { readonly out: string },
  files: readonly PlannedFile[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const onProgress = (done: number, total: number) => terminal.progress(`Writing: ${done} of ${total} files`);
  try {
    const { linked } = await writeFolder(out, files, { link, onProgress, signal });
    terminal.note(`${out}: ${told(files)}${link ? `, ${linked} of them links` : ''}.`);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Molmo2Error || !(error instanceof Error && 'code' in error)) throw error;
    throw new WriteError(out, error);
  }
}

async function convert(run: ConvertRun, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const { inputs, to, out, dryRun, json } = run;
  if (out !== null && to !== 'mot') {
    await checkWritable(out);
    await checkOutputs(
      [{ option: '--out', file: out }],
      inputs.map((file) => ({ option: 'INPUT', file })),
    );
  }
  if (out !== null && to === 'mot') await checkReplaceable(out);
  const found = await opened(inputs, howTo(run, signal), terminal);
  const all = withUniqueIds(found.flatMap((one) => one.questions));
  const questions = run.skip ? fitting(to, all) : all;
  if (questions.length === 0)
    throw new Molmo2Error(
      'bad-dataset',
      `None of ${all.length} questions has a place in ${to}. Choose another format.`,
    );
  const unfit = all.length - questions.length;
  if (unfit > 0)
    terminal.note(`note: ${unfit} of ${all.length} questions are left out: ${to} has no place for them.`);
  if (out !== null && to === 'mot') {
    const files = await motFolder(questions, signal);
    if (!dryRun) return write({ ...run, out }, files, terminal, signal);
    terminal.print(lines(fileLines(files)));
    return terminal.note(`Nothing was written: --dry-run. ${told(files)} for ${out}.`);
  }
  const text = textAt(out ?? 'standard output', to, questions);
  if (out === null) return terminal.print(text);
  const content = new TextEncoder().encode(text);
  if (json)
    terminal.print(`${JSON.stringify({ out, questions: questions.length, byteLength: content.length })}\n`);
  if (dryRun)
    return terminal.note(
      `Nothing was written: --dry-run. ${questions.length} questions, ${content.length} bytes for ${out}.`,
    );
  await writeFileWhole(out, [content]);
  terminal.note(`${out}: ${questions.length} questions, ${content.length} bytes.`);
}
