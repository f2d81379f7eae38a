// From questions to the plan of a dataset, and what was found on the way. For Node.

import type { Question } from '../question.ts';
import { likenesses, likenessesWithin, type Likeness } from './alike.ts';
import { datasetPlan, withUniqueIds, type AboutDataset, type DatasetPlan } from './dataset-plan.ts';
import { doubtsOf, type Doubt } from './doubts.ts';
import { mediaFiles } from './media-files.ts';
import { mediaOf, mediumOf, type Medium } from './medium.ts';
import { repeatsIn } from './repeats.ts';
import { splitQuestions } from './splits.ts';
import { statisticsOf, type Statistics } from './statistics.ts';

export interface DatasetSettings {
  /** Questions of evaluation sets that the dataset must have no medium of. */
  readonly against: readonly Question[];
  /** Leave out what is asked about media of the evaluation sets. */
  readonly dropLeaks: boolean;
  /** Of train, validation and test; they add up to 1. */
  readonly shares: readonly number[];
  readonly about: AboutDataset;
}

export interface Dataset {
  readonly plan: DatasetPlan;
  readonly statistics: Statistics;
  readonly doubts: readonly Doubt[];
  /** Questions that were left out: asked again, or about media of an evaluation set. */
  readonly leftOut: number;
}

export interface Watch {
  readonly onProgress: (what: string, done: number, total: number) => void;
  readonly signal: AbortSignal;
}

const mediaIn = (questions: readonly Question[], files: Parameters<typeof mediaOf>[1]): Medium[] =>
  [...mediaOf(questions, files).values()].map(({ medium }) => medium);

/** The media that are in an evaluation set as well. */
async function leaksOf(
  media: readonly Medium[],
  { against }: DatasetSettings,
  { onProgress, signal }: Watch,
): Promise<Likeness[]> {
  const told = (done: number, total: number) => onProgress('Evaluation media', done, total);
  return likenesses(media, mediaIn(against, await mediaFiles(against, told, signal)));
}

/** Looks at all media and plans the folder; writes nothing. Media have whole paths. Throws `media-unreadable`. */
export async function makeDataset(
  questions: readonly Question[],
  settings: DatasetSettings,
  watch: Watch,
): Promise<Dataset> {
  const { onProgress, signal } = watch;
  const { shares, about, dropLeaks } = settings;
  const given = withUniqueIds(questions);
  const files = await mediaFiles(given, (done, total) => onProgress('Media', done, total), signal);
  const repeats = repeatsIn(given, files);
  const leaks = await leaksOf(mediaIn(repeats.distinct, files), settings, watch);
  const leaked = new Set(leaks.map(({ a }) => a.key));
  const kept = repeats.distinct.filter(
    (question) => !dropLeaks || !leaked.has(mediumOf(question, files)?.key ?? ''),
  );
  const alike = likenessesWithin(mediaIn(kept, files));
  const splits = splitQuestions(kept, files, alike, { shares, seed: about.seed });
  const statistics = statisticsOf(kept, files);
  return {
    plan: datasetPlan(kept, files, splits, about, statistics),
    statistics,
    doubts: doubtsOf(kept, files, { repeats, likenesses: alike, leaks: dropLeaks ? [] : leaks }),
    leftOut: given.length - kept.length,
  };
}
