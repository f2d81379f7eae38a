// Files and folders of questions, in any of the formats, as questions whose media are found from wherever one stands.

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import type { Question } from '../../eval/question.ts';
import { uniqueIds, type ReadContext } from '../../eval/readers/format.ts';
import { formats, guessedFormat, type FormatName } from '../../eval/readers/formats.ts';
import { Molmo2Error } from '../../src/errors.ts';
import { datasetFiles, type DatasetFile } from './dataset-folder.ts';
import { fromFolder, localPath } from './media-paths.ts';
import { readSequence, sequenceFolder, sequenceInfo } from './mot-sequence.ts';
import { pictureSizes, type PictureSize } from './picture-sizes.ts';

export interface OpenOptions {
  /** Default: what the file's name and beginning tell. */
  readonly format?: FormatName;
  /** From which folder the files name their media; default the file's own, or that of a sequence. */
  readonly mediaFolder?: string;
  /** Frames per second of videos whose frames are only numbered. */
  readonly fps?: number;
  readonly signal?: AbortSignal;
}

export interface OpenedQuestions {
  /** The file's or folder's name, without the folders around it. */
  readonly name: string;
  /** The files that were read, each with its format. */
  readonly files: readonly { readonly file: string; readonly format: FormatName }[];
  /** Paths of media are absolute; addresses are as they were. */
  readonly questions: readonly Question[];
  /** What whoever asks should know of the files. */
  readonly notes: readonly string[];
}

const formatNames = Object.keys(formats).join(', ');

function unreadable(file: string, cause: unknown): Molmo2Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Molmo2Error('bad-dataset', `${file} cannot be read: ${reason}. Check the path.`, { cause });
}

async function readText(file: string, signal?: AbortSignal): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file, { signal }));
  } catch (cause) {
    signal?.throwIfAborted();
    throw unreadable(file, cause instanceof TypeError ? new Error('it is not UTF-8 text') : cause);
  }
}

/** Reads a text; sizes that it needs and does not have are read from the pictures, in a second pass. */
async function readQuestions(
  text: string,
  format: FormatName,
  context: ReadContext,
  folder: string,
  signal?: AbortSignal,
): Promise<Question[]> {
  const wanted = new Set<string>();
  const pathOf = (source: string) => {
    const path = localPath(source);
    return path === null ? null : resolve(folder, path);
  };
  const placeholder = { width: 1, height: 1 };
  const sizes = new Map<string, PictureSize>();
  const sizeOf = (source: string) => {
    if (pathOf(source) === null) return undefined;
    const known = sizes.get(source);
    if (!known) wanted.add(source);
    return known ?? placeholder;
  };
  const first = formats[format].read(text, { ...context, sizeOf });
  if (wanted.size === 0) return first;
  for (const [source, size] of await pictureSizes(wanted, pathOf, context.name, signal))
    sizes.set(source, size);
  return formats[format].read(text, { ...context, sizeOf });
}

type OpenedFile = Omit<OpenedQuestions, 'name' | 'notes'>;

/** null where nothing tells a format and none is given. */
async function openFile(file: string, options: OpenOptions): Promise<OpenedFile | null> {
  const { mediaFolder, fps, signal } = options;
  const text = await readText(file, signal);
  const format = options.format ?? guessedFormat(file, text);
  if (format === null) return null;
  const own = format === 'mot' ? sequenceFolder(file) : resolve(file, '..');
  const sequence = format === 'mot' ? await readSequence(own) : null;
  const context: ReadContext = {
    // Becomes a part of ids, which must not change with the place of the file.
    name: format === 'mot' ? basename(resolve(own)) : basename(file),
    ...(fps !== undefined && { fps }),
    ...(sequence && { sequence }),
  };
  const folder = resolve(mediaFolder ?? own);
  const questions = await readQuestions(text, format, context, folder, signal);
  return { files: [{ file, format }], questions: fromFolder(questions, folder) };
}

const kindsOfFile = ['.json', '.jsonl', '.csv'];

/** The files of questions in a folder: that of a sequence, those of sequences in it, or all that have a known format. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const has = (path: string) => stat(path).then((info) => info.isFile(), () => false); // prettier-ignore
  if (await has(join(folder, sequenceInfo))) return [join(folder, 'gt', 'gt.txt')];
  const files: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && (await has(join(path, sequenceInfo)))) files.push(join(path, 'gt', 'gt.txt'));
    if (entry.isFile() && kindsOfFile.includes(extname(entry.name).toLowerCase())) files.push(path);
  }
  return files;
}

/**
 * Reads a file of questions, or all of a folder: a dataset that `dataset` has written, a sequence of MOT Challenge, a folder of
 * sequences, or files of any format.
 * @throws Molmo2Error `bad-dataset` naming the file, and the line or key where something is wrong.
 */
export async function openQuestions(path: string, options: OpenOptions = {}): Promise<OpenedQuestions> {
  const name = basename(resolve(path));
  const info = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  const dataset = info.isDirectory() && !options.format ? await datasetFiles(path) : null;
  const files: readonly DatasetFile[] =
    dataset ?? (info.isDirectory() ? await filesIn(path) : [path]).map((file) => ({ file }));
  const opened: OpenedFile[] = [];
  for (const { file, format } of files) {
    const one = await openFile(file, format ? { ...options, format, mediaFolder: path } : options);
    if (one) opened.push(one);
    // In a folder other JSON may lie around; a file that was named is meant.
    else if (!info.isDirectory())
      throw new Molmo2Error(
        'bad-dataset',
        `${path} does not tell its format. Name it with --format, one of: ${formatNames}.`,
      );
  }
  if (opened.length === 0)
    throw new Molmo2Error(
      'bad-dataset',
      `${path} holds no file of questions. Formats: ${formatNames}; a sequence of MOT Challenge has a ${sequenceInfo}.`,
    );
  const questions = opened.flatMap((one) => one.questions);
  return {
    name,
    files: opened.flatMap((one) => one.files),
    questions: uniqueIds([...questions], { name }),
    notes: files.flatMap(({ note }) => note ?? []),
  };
}
