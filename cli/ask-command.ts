// `ask`: one question, its answer on standard output.

import type { Answer, AskInput, AskOptions, MediaInfo, TimeWindow, Trace } from '../src/index.ts';
import { Molmo2 } from '../src/index.ts';
import { answerJson } from './answer-json.ts';
import { askOptions, type AskRun } from './ask-options.ts';
import { checkMedia } from './check-media.ts';
import { refuseClosedOutput } from './closed-output.ts';
import { hubSettings } from './hub-settings.ts';
import { checkOutputs, modelInputs, type NamedFile } from './output-files.ts';
import { overlaySheet } from './overlay-sheet.ts';
import { planLines } from './plan-lines.ts';
import { readableTwice, readExpectation, withTextFiles } from './read-inputs.ts';
import { styleNotice } from './style-notice.ts';
import { progressLine, timingLine } from './status-lines.ts';
import { windowLine, windowsJson, windowsLine } from './window-lines.ts';
import type { Terminal } from './terminal.ts';
import { loadProgress } from './wait-notes.ts';
import { checkWritable, writeFileWhole } from './write-file.ts';
import { safetensorsParts } from './write-safetensors.ts';

/** What a question left behind. */
interface Outcome {
  readonly answer: Answer;
  readonly media: MediaInfo;
  readonly trace: Trace;
}

/** Runs `ask` with the arguments behind it. Throws what `failureOf` understands, or the signal's reason. */
export async function askCommand(
  args: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const run = askOptions(args);
  if (run.overlayFile === null && run.traceFile === null) refuseClosedOutput();
  await checkFiles(run);
  const odd = run.input.style === undefined ? null : styleNotice(run.input.style);
  if (odd !== null) terminal.note(`note: ${odd}`);
  const input = await completeInput(run, signal);
  await checkMedia(input, signal);
  const expect = run.expect === null ? null : await readExpectation(run.expect, signal);
  const options = { ...run.options, ...(expect !== null && { expect }) };
  const onProgress = loadProgress(terminal);
  const molmo = await Molmo2.load({ model: run.model, hub: hubSettings(), onProgress, signal });
  try {
    if (run.plan) {
      const plan = await molmo.planQuestion(input, { ...options, signal });
      return terminal.print(run.json ? `${JSON.stringify(plan)}\n` : planLines(plan));
    }
    if (run.walk) return await walk(molmo, input, { ...options, signal }, run, terminal);
    const outcome = await ask(molmo, { ...run, options }, input, terminal, signal);
    await writeOutputs(run, input, outcome, signal);
    for (const notice of molmo.info.notices) terminal.note(`note: ${notice}`);
    terminal.note(timingLine(molmo.info, outcome.answer));
  } finally {
    molmo.dispose();
  }
}

/** Refuses outputs that cannot be written, or that would destroy what is read. Throws UsageError or WriteError. */
async function checkFiles(run: AskRun): Promise<void> {
  const outputs = [...named('--overlay', [run.overlayFile]), ...named('--trace', [run.traceFile])];
  if (outputs.length === 0) return;
  const { images = [], video } = run.input;
  const frames = typeof video === 'object' && 'frames' in video ? video.frames : [];
  await checkOutputs(outputs, [
    ...named('--image', images),
    ...named('--video', [video]),
    ...named('--frames', frames),
    ...named('--subtitles', [run.subtitlesFile]),
    ...named('--messages', [run.messagesFile]),
    ...named('--expect', [schemaFileOf(run)]),
    ...(await modelInputs(run.model)),
  ]);
  for (const { file } of outputs) await checkWritable(file);
}

function schemaFileOf({ expect }: AskRun): string | null {
  return typeof expect === 'object' && expect !== null && 'schemaFile' in expect ? expect.schemaFile : null;
}

/** The files among what an option was given. */
function named(option: string, values: readonly unknown[]): NamedFile[] {
  return values.flatMap((value) => (typeof value === 'string' ? [{ option, file: value }] : []));
}

async function completeInput(run: AskRun, signal: AbortSignal): Promise<AskInput> {
  const { video } = run.input;
  return {
    ...(await withTextFiles(run, signal)),
    // The overlay decodes the video again.
    ...(video !== undefined && run.overlayFile !== null && { video: await readableTwice(video, signal) }),
  };
}

/** Asks, and prints the text as it comes or the JSON at the end. */
async function ask(
  molmo: Molmo2,
  run: { readonly options: AskOptions; readonly json: boolean },
  input: AskInput,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Outcome> {
  let answer: Answer | null = null;
  let media: MediaInfo = { kind: 'none', sizes: [], timestamps: [], durationSec: null };
  let trace: Trace = {};
  for await (const event of molmo.ask(input, { ...run.options, signal })) {
    if (event.type === 'progress') terminal.progress(progressLine(event));
    if (event.type === 'text' && !run.json) terminal.print(event.text);
    if (event.type === 'media') {
      media = event.media;
      for (const notice of media.notices ?? []) terminal.note(`note: ${notice}`);
    }
    if (event.type === 'notice') terminal.note(`note: ${event.message}`);
    if (event.type === 'trace') trace = event.trace;
    if (event.type === 'done') answer = event.answer;
  }
  if (!answer) throw new Error('the question ended without an answer');
  terminal.print(run.json ? `${answerJson(answer)}\n` : '\n');
  return { answer, media, trace };
}

/** Asks window by window, and prints what each says, or the JSON at the end. */
async function walk(
  molmo: Molmo2,
  { video, ...input }: AskInput,
  options: AskOptions,
  { walk: walking, json }: AskRun,
  terminal: Terminal,
): Promise<void> {
  if (video === undefined) throw new Error('windows are of a video');
  const texts: string[] = [];
  let window: TimeWindow | null = null;
  for await (const event of molmo.askWindows({ video, ...input, ...walking }, options)) {
    if (event.type === 'window') {
      if (window && !json) terminal.print(windowLine(window, texts.join('')));
      ({ window } = event);
      texts.length = 0;
    }
    if (event.type === 'progress') terminal.progress(progressLine(event));
    if (event.type === 'text') texts.push(event.text);
    if (event.type === 'media')
      for (const notice of event.media.notices ?? []) terminal.note(`note: ${notice}`);
    if (event.type === 'notice') terminal.note(`note: ${event.message}`);
    if (event.type !== 'done') continue;
    const { answer } = event;
    if (window && !json) terminal.print(windowLine(window, texts.join('')));
    if (json) terminal.print(`${windowsJson(answer)}\n`);
    terminal.note(windowsLine(answer));
  }
}

async function writeOutputs(
  run: AskRun,
  input: AskInput,
  { answer, media, trace }: Outcome,
  signal: AbortSignal,
): Promise<void> {
  if (run.traceFile !== null) await writeFileWhole(run.traceFile, safetensorsParts(trace));
  if (run.overlayFile === null) return;
  const png = await overlaySheet({ input, media, answer }, signal);
  await writeFileWhole(run.overlayFile, [png]);
}
