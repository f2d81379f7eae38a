// The file of a run as text, JSON line by line: what it was and how it was asked, then each question as it was asked. Only ever
// appended to, so that a run that ends early loses the line that was being written, and nothing else.

import { Molmo2Error } from '../../src/errors.ts';
import { refuseFile } from '../readers/format.ts';
import { checked, parsedJson } from '../readers/json.ts';
import type { AskedQuestion, EvalRun, RunHead } from './run-record.ts';
import { askedSchema, headSchema } from './run-schema.ts';

/** One line, with its end. */
export function runLine(line: RunHead | AskedQuestion): string {
  return `${JSON.stringify(line)}\n`;
}

export interface ReadRun {
  readonly run: EvalRun;
  /** UTF-8 bytes of the lines that are whole: what is behind them was torn, and is to be cut off before more is appended. */
  readonly wholeBytes: number;
}

/**
 * Reads what a run has written so far; null where that is not even the first line. Of a question that is there twice, as
 * where a judge has scored it later, the last line counts.
 * @throws Molmo2Error `bad-dataset` naming the line and key that is wrong; a last line without an end is left out.
 */
export function readRunText(text: string, name: string): ReadRun | null {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole === '') return null;
  const context = { name };
  const [first = '', ...others] = whole.slice(0, -1).split('\n');
  const head: RunHead = checked(headSchema, parsedJson(first, context), context, 'line 1, ');
  const asked = new Map<string, AskedQuestion>();
  others.forEach((row, i) => {
    const line = i + 2;
    const value = checked(askedSchema, parsedJson(row, context, line), context, `line ${line}, `);
    if (value.score && value.score.kind !== value.kind)
      refuseFile(
        context,
        `line ${line}, key score.kind`,
        `a score of "${value.score.kind}" for a question of kind "${value.kind}"`,
      );
    asked.set(value.id, value);
  });
  if (asked.size > head.set.questions)
    refuseFile(context, 'line 1, key set.questions', `${head.set.questions}, but ${asked.size} were asked`);
  return { run: { ...head, asked: [...asked.values()] }, wholeBytes: new TextEncoder().encode(whole).length };
}

type Aim = Pick<RunHead, 'settings' | 'set' | 'packageVersion'>;

const settingNames = [
  'model',
  'weights',
  'kv',
  'kernels',
  'maxNewTokens',
  'maxCrops',
  'maxFrames',
  'maxFps',
] as const satisfies readonly (keyof RunHead['settings'])[];

function differences(before: Aim, now: Aim): string[] {
  const word = (value: string | number | undefined) => (value === undefined ? 'the default' : String(value));
  const of = (name: string, was: string | number | undefined, is: string | number | undefined) =>
    was === is ? [] : [`${name} was ${word(was)} and is ${word(is)}`];
  return [
    ...settingNames.flatMap((name) => of(name, before.settings[name], now.settings[name])),
    ...of('the version of molmo2-webgpu', before.packageVersion, now.packageVersion),
    ...(before.set.sha256 === now.set.sha256
      ? []
      : [
          before.set.name === now.set.name && before.set.questions === now.set.questions
            ? 'the questions have changed'
            : `it asked ${before.set.name} (${before.set.questions} questions), and now it is ${now.set.name} (${now.set.questions})`,
        ]),
  ];
}

/**
 * Refuses to go on with a run that is not the same: its questions would be scored as if they had been asked in one way.
 * @throws Molmo2Error `bad-dataset`.
 */
export function refuseOtherRun(before: Aim, now: Aim, name: string): void {
  const different = differences(before, now);
  if (different.length === 0) return;
  throw new Molmo2Error(
    'bad-dataset',
    `${name} is of another run: ${different.join('; ')}. Choose another place for this run, or delete the file.`,
  );
}
