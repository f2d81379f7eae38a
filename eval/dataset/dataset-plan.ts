// The files of a dataset folder, before any of them is written. Pure.

import { withMediaNames } from './named-media.ts';
import { manifestText, type DatasetManifest } from './dataset-manifest.ts';
import { sha256Of } from './sha256.ts';
import { formats } from '../readers/formats.ts';
import type { Question } from '../question.ts';
import loader from './folder_dataset.py?raw';
import type { MediaFile } from './media-files.ts';
import { mediumOf } from './medium.ts';
import { splitNames, type SplitName } from './splits.ts';
import type { Statistics } from './statistics.ts';

/** A file to be written: its text, or the file that it is a copy of. */
export interface PlannedFile {
  /** Within the folder, with slashes. */
  readonly file: string;
  readonly byteLength: number;
  readonly sha256: string;
  readonly from: { readonly text: string } | { readonly path: string };
}

export interface PlannedSplit {
  readonly name: SplitName;
  readonly questions: readonly Question[];
  readonly rows: number;
}

export interface DatasetPlan {
  readonly splits: readonly PlannedSplit[];
  /** The manifest last. */
  readonly files: readonly PlannedFile[];
}

/** What the manifest says beyond what the questions are. */
export type AboutDataset = Pick<DatasetManifest, 'madeBy' | 'licence' | 'source' | 'seed' | 'inputs'>;

const textFile = (file: string, text: string): PlannedFile => {
  const bytes = new TextEncoder().encode(text);
  return { file, byteLength: bytes.length, sha256: sha256Of(bytes), from: { text } };
};

/** So much of a hash that two files never share a name. */
const nameDigits = 32;

/**
 * Media are named by what is in them: no two files share a name, and nothing that a file of questions says becomes a part of a path.
 * Frames lie in a folder of their clip, by their numbers, which formats of sequences want.
 */
function targetName(
  question: Question,
  { key, files }: NonNullable<ReturnType<typeof mediumOf>>,
  index: number,
): string {
  const file = files[index];
  const isClip = question.media.kind === 'video' && file?.kind === 'picture';
  if (!isClip) return `media/${(file?.sha256 ?? '').slice(0, nameDigits)}${file?.ending ?? ''}`;
  const folder = sha256Of(key).slice(0, nameDigits);
  return `media/${folder}/${String(index + 1).padStart(6, '0')}${file.ending}`;
}

interface Renamed {
  readonly question: Question;
  readonly targets: readonly (readonly [string, MediaFile])[];
}

function renamed(question: Question, files: ReadonlyMap<string, MediaFile>): Renamed {
  const medium = mediumOf(question, files);
  if (!medium) return { question, targets: [] };
  const targets = medium.files.map((file, i) => [targetName(question, medium, i), file] as const);
  return { question: withMediaNames(question, (name, i) => targets[i]?.[0] ?? name), targets };
}

/** Ids once each: a second one gets a number behind it. */
export function withUniqueIds(questions: readonly Question[]): Question[] {
  const taken = new Set<string>();
  return questions.map((question) => {
    let id = question.id;
    for (let n = 2; taken.has(id); n++) id = `${question.id}-${n}`;
    taken.add(id);
    return id === question.id ? question : { ...question, id };
  });
}

/** The folder's files for questions that belong to `splits`. */
export function datasetPlan(
  questions: readonly Question[],
  files: ReadonlyMap<string, MediaFile>,
  splits: ReadonlyMap<Question, SplitName>,
  about: AboutDataset,
  statistics: Statistics,
): DatasetPlan {
  const media = new Map<
    string,
    { readonly file: MediaFile; readonly split: SplitName; readonly of: Question }
  >();
  const texts: PlannedFile[] = [textFile('folder_dataset.py', loader)];
  const planned: PlannedSplit[] = [];
  for (const name of splitNames) {
    const own = questions.filter((question) => splits.get(question) === name);
    if (own.length === 0) continue;
    const written = own.map((question) => {
      const { question: moved, targets } = renamed(question, files);
      for (const [target, file] of targets) media.set(target, { file, split: name, of: question });
      return moved;
    });
    const rows = formats.molmo2.write(written);
    texts.push(
      textFile(`${name}.jsonl`, rows),
      textFile(`questions/${name}.json`, formats.json.write(written)),
    );
    planned.push({ name, questions: written, rows: rows.split('\n').length - 1 });
  }
  const copies = [...media]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([target, { file }]): PlannedFile => {
      const { byteLength, sha256, name } = file;
      return { file: target, byteLength, sha256, from: { path: name } };
    });
  const all = [...texts, ...copies];
  const manifest: DatasetManifest = {
    format: 'molmo2-dataset',
    version: 1,
    ...about,
    splits: Object.fromEntries(
      planned.map(({ name, questions: own, rows }) => [
        name,
        { file: `${name}.jsonl`, questionsFile: `questions/${name}.json`, rows, questions: own.length },
      ]),
    ),
    media: [...media]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([target, { file, split, of }]) => ({ file: target, split, ...mediumFacts(file, of) })),
    statistics,
    files: all.map(({ file, byteLength, sha256 }) => ({ file, byteLength, sha256 })),
  };
  return { splits: planned, files: [...all, textFile('dataset.json', manifestText(manifest))] };
}

/** Size and duration, of a video that was not opened as its question says. */
function mediumFacts({ width, height, durationSec, kind }: MediaFile, { media }: Question) {
  const said = media.kind === 'video' ? media : null;
  const duration = durationSec ?? (kind === 'video' ? said?.durationSec : undefined);
  return {
    width: width ?? said?.width ?? 0,
    height: height ?? said?.height ?? 0,
    ...(duration !== undefined && { durationSec: duration }),
  };
}
