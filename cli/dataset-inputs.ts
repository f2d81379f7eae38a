// The questions that `dataset` is given.

import type { Question } from '../eval/question.ts';
import type { FormatName } from '../eval/readers/formats.ts';
import { datasetFiles } from './questions/dataset-folder.ts';
import { openQuestions, type OpenOptions } from './questions/open-questions.ts';

export interface DatasetInput {
  readonly name: string;
  readonly formats: readonly FormatName[];
  /** Media have their whole paths. */
  readonly questions: readonly Question[];
  readonly notes: readonly string[];
}

async function openInput(path: string, options: OpenOptions): Promise<DatasetInput> {
  const own = options.format ? null : await datasetFiles(path);
  if (!own) {
    const { name, files, questions } = await openQuestions(path, options);
    return { name, formats: [...new Set(files.map(({ format }) => format))], questions, notes: [] };
  }
  const opened: Question[] = [];
  for (const { file, format } of own)
    opened.push(...(await openQuestions(file, { ...options, format, mediaFolder: path })).questions);
  const formats = [...new Set(own.map(({ format }) => format))];
  return { name: path, formats, questions: opened, notes: own.flatMap(({ note }) => note ?? []) };
}

/** Opens files, folders and datasets of questions, in turn. Throws `bad-dataset`. */
export async function openInputs(
  paths: readonly string[],
  options: OpenOptions,
): Promise<readonly DatasetInput[]> {
  const inputs: DatasetInput[] = [];
  for (const path of paths) inputs.push(await openInput(path, options));
  return inputs;
}
