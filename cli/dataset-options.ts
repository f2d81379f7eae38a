// The arguments of `dataset` -> what to read and what to write. Pure; refuses what makes no sense.

import { formats, type FormatName } from '../eval/readers/formats.ts';
import { parseArguments, type Takes } from './arguments.ts';
import { UsageError } from './failure.ts';
import { optionReader, type OptionReader } from './option-reader.ts';

interface Inputs {
  readonly inputs: readonly string[];
  readonly format: FormatName | null;
  readonly media: string | null;
  readonly link: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

export type DatasetRun = Inputs &
  (
    | {
        readonly kind: 'make';
        readonly out: string;
        readonly shares: readonly number[];
        readonly seed: number;
        readonly licence: string | null;
        readonly source: string | null;
        readonly against: readonly string[];
        readonly dropLeaks: boolean;
        readonly strict: boolean;
      }
    | {
        readonly kind: 'convert';
        readonly to: FormatName;
        readonly out: string | null;
        readonly skip: boolean;
      }
  );

const accepted = {
  '--out': 'one',
  '--to': 'one',
  '--format': 'one',
  '--media': 'one',
  '--split': 'one',
  '--seed': 'one',
  '--link': 'none',
  '--skip': 'none',
  '--licence': 'one',
  '--source': 'one',
  '--against': 'repeat',
  '--drop-leaks': 'none',
  '--strict': 'none',
  '--dry-run': 'none',
  '--json': 'none',
} as const satisfies Record<string, Takes>;
type Flag = keyof typeof accepted;
type Reader = OptionReader<Flag>;

/** Options that only a dataset folder has a use for. */
const ofFolders = [
  '--split',
  '--seed',
  '--licence',
  '--source',
  '--against',
  '--drop-leaks',
  '--strict',
] as const;

const formatNames = Object.keys(formats) as FormatName[];

function formatOf(read: Reader, flag: '--to' | '--format'): FormatName | null {
  const text = read.text(flag);
  if (text === undefined) return null;
  const name = formatNames.find((one) => one === text);
  if (name) return name;
  throw new UsageError(`${flag} must be one of ${formatNames.join(', ')}, got "${text}".`);
}

function sharesOf(read: Reader): readonly number[] {
  const shares = read.numbers('--split', { from: 0, to: 1 }) ?? [0.9, 0.1];
  const sum = shares.reduce((a, b) => a + b, 0);
  if (shares.length <= 3 && Math.abs(sum - 1) < 1e-6) return shares;
  throw new UsageError(
    `--split takes up to three shares that add up to 1 (train, validation, test), got ${shares.join(',')}. Write --split 0.8,0.1,0.1.`,
  );
}

/** Reads the arguments behind `dataset`. Throws UsageError, which says what is wrong and what to write. */
export function datasetOptions(args: readonly string[]): DatasetRun {
  const { options, words } = parseArguments(args, accepted, { '--license': '--licence' });
  const read = optionReader<Flag>(options);
  if (words.length === 0)
    throw new UsageError(
      'There is nothing to read. Name files or folders of questions: molmo2-webgpu dataset answers.json --out FOLDER',
    );
  const to = formatOf(read, '--to');
  const shared: Inputs = {
    inputs: words,
    format: formatOf(read, '--format'),
    media: read.text('--media') ?? null,
    link: read.has('--link'),
    dryRun: read.has('--dry-run'),
    json: read.has('--json'),
  };
  const out = read.text('--out') ?? null;
  if (to) {
    const idle = ofFolders.find((flag) => read.has(flag));
    if (idle)
      throw new UsageError(
        `${idle} is about dataset folders, but --to writes a file. Leave one of them out.`,
      );
    if (read.has('--link') && to !== 'mot')
      throw new UsageError('--link is about media, but --to copies none of them. Leave one of them out.');
    if (out === null && (to === 'mot' || shared.dryRun))
      throw new UsageError(`--to ${to} needs a place here. Write --out ${to === 'mot' ? 'FOLDER' : 'FILE'}.`);
    return { ...shared, kind: 'convert', to, out, skip: read.has('--skip') };
  }
  if (read.has('--skip'))
    throw new UsageError(
      '--skip is about other formats; a dataset folder has room for all questions. Write --to FORMAT.',
    );
  if (out === null)
    throw new UsageError('Where to write is not said. Write --out FOLDER, or --to FORMAT for a file.');
  if (read.has('--drop-leaks') && !read.has('--against'))
    throw new UsageError('--drop-leaks needs an evaluation set to compare with. Write --against INPUT.');
  return {
    ...shared,
    kind: 'make',
    out,
    shares: sharesOf(read),
    seed: read.number('--seed', { integer: true }) ?? 1,
    licence: read.text('--licence') ?? null,
    source: read.text('--source') ?? null,
    against: read.all('--against'),
    dropLeaks: read.has('--drop-leaks'),
    strict: read.has('--strict'),
  };
}
