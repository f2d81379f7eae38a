// Questions about clips as the folders of MOT Challenge: for each clip its frames, seqinfo.ini and gt/gt.txt. For Node.

import { extname } from 'node:path';
import { fileSha256, sha256Of } from './sha256.ts';
import { refuseQuestion } from '../readers/format.ts';
import { formats } from '../readers/formats.ts';
import type { FrameSource, Question, QuestionMedia } from '../question.ts';
import type { PlannedFile } from './dataset-plan.ts';

interface Clip {
  readonly media: Extract<QuestionMedia, { kind: 'video' }>;
  readonly source: FrameSource;
  readonly questions: Question[];
}

function clipsOf(questions: readonly Question[]): Clip[] {
  const clips = new Map<string, Clip>();
  for (const question of questions) {
    const { media } = question;
    if (media.kind !== 'video' || typeof media.video === 'string' || media.video instanceof Blob)
      return refuseQuestion(question, 'MOT', 'it does not follow objects through numbered frames');
    const key = JSON.stringify(media.video);
    const clip = clips.get(key) ?? { media, source: media.video, questions: [] };
    clips.set(key, clip);
    clip.questions.push(question);
  }
  return [...clips.values()];
}

/** Frames a second; MOT only numbers the frames, so that their times must be even and begin at 0. */
function rateOf({ source: { timestamps }, questions: [first] }: Clip): number {
  const last = timestamps.at(-1) ?? 0;
  const rate = timestamps.length > 1 && last > 0 ? (timestamps.length - 1) / last : 1;
  const fps = Math.round(rate * 1e6) / 1e6;
  if (first && timestamps.some((time, i) => Math.abs(time - i / fps) > 1e-6))
    refuseQuestion(first, 'MOT', 'its frames are not evenly spaced from 0 on');
  return fps;
}

function sequenceInfo(
  name: string,
  frameRate: number,
  { width, height }: Clip['media'],
  seqLength: number,
  imExt: string,
): string {
  const values = { name, imDir: 'img1', frameRate, seqLength, imWidth: width, imHeight: height, imExt };
  const rows = Object.entries(values).map(([key, value]) => `${key}=${value}\n`);
  return `[Sequence]\n${rows.join('')}`;
}

async function clipFiles(clip: Clip, name: string, signal?: AbortSignal): Promise<PlannedFile[]> {
  const { source, media, questions } = clip;
  const [first] = questions;
  const paths = source.frames.flatMap((frame) => (typeof frame === 'string' ? [frame] : []));
  const endings = new Set(paths.map((path) => extname(path).toLowerCase()));
  const [ending = ''] = endings;
  if (first && (endings.size !== 1 || paths.length !== source.frames.length))
    refuseQuestion(
      first,
      'MOT',
      `its frames are ${[...endings].join(' and ')} files; they must be of one kind`,
    );
  const text = (file: string, content: string): PlannedFile => ({
    file: `${name}/${file}`,
    byteLength: new TextEncoder().encode(content).length,
    sha256: sha256Of(content),
    from: { text: content },
  });
  const files = [
    text('gt/gt.txt', formats.mot.write(questions)),
    text('seqinfo.ini', sequenceInfo(name, rateOf(clip), media, paths.length, ending)),
  ];
  for (const [i, path] of paths.entries()) {
    const { sha256, byteLength } = await fileSha256(path, signal);
    files.push({
      file: `${name}/img1/${String(i + 1).padStart(6, '0')}${ending}`,
      sha256,
      byteLength,
      from: { path },
    });
  }
  return files;
}

/** The files of a folder of sequences, seq-01 and so on. Throws `bad-dataset` for what MOT has no place for. */
export async function motFolder(
  questions: readonly Question[],
  signal?: AbortSignal,
): Promise<PlannedFile[]> {
  const files: PlannedFile[] = [];
  for (const [i, clip] of clipsOf(questions).entries())
    files.push(...(await clipFiles(clip, `seq-${String(i + 1).padStart(2, '0')}`, signal)));
  return files;
}
